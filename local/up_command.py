"""`local/up`: starts everything on this machine."""

import dataclasses
import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click
import uvloop

from local import detached, interrupts, programs, report, shell_settings
from local.console import say
from local.data.command import HELP_OPTIONS, data_option
from local.data.folder import DEFAULT
from local.paths import ROOT
from local.public.checks import check
from local.public.command import public_options
from local.public.names import Public
from local.servers.launchers import S3Choice
from local.servers.run_context import Options, Ports
from local.servers.table_stores import ENGINES, TablesChoice
from local.session import Session

_PORT = click.IntRange(0, 65535)


_PORTS = (
    click.option(
        "--port", type=_PORT, default=0, help="Port of the gateway; by default that of last time, or any free port."
    ),
    click.option(
        "--registry-port",
        type=_PORT,
        default=0,
        help="Port of the registry; by default that of last time, or any free port.",
    ),
    click.option(
        "--s3-port",
        type=_PORT,
        default=0,
        help="Port of the S3 server; by default that of last time, or any free port.",
    ),
)


def _port_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options. The command gets them as one argument `ports`."""

    @functools.wraps(command)
    def bundled(*, port: int, registry_port: int, s3_port: int, **others: Any) -> None:
        command(ports=Ports(port, registry_port, s3_port), **others)

    for option in reversed(_PORTS):
        bundled = option(bundled)
    return bundled


def _writable(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Checks the option now, and not after everything has started."""
    if file is not None and not os.access(file.absolute().parent, os.W_OK):
        raise click.BadParameter(f"{file.parent} is not a writable folder")
    return file


@click.command(context_settings=HELP_OPTIONS)
@click.option("--demo", is_flag=True, help="Run the demo when everything is ready.")
@click.option("--once", is_flag=True, help="Run the demo, stop everything, and exit with the demo's status.")
@click.option(
    "--detach", is_flag=True, help="Go on in the background once everything is ready; not with --fresh, --demo, --once."
)
@data_option
@click.option("--fresh", is_flag=True, help="Use a new data folder, and remove it at the end; so does --once.")
@click.option("--accept-loss", "loss", is_flag=True, help="Begin with empty stores in place of those that are missing.")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path, resolve_path=True),
    callback=_writable,
    help="Write addresses and credentials to this file as JSON when everything is ready.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON instead of each table.")
@click.option(
    "--s3",
    type=click.Choice(get_args(S3Choice)),
    default="auto",
    show_default=True,
    help="The server for S3; auto uses MinIO if it is installed.",
)
@click.option(
    "--tables",
    type=click.Choice(get_args(TablesChoice)),
    default="auto",
    show_default=True,
    help="The server for DynamoDB; auto uses dynoxide if it is installed, else moto.",
)
@_port_options
@public_options
@click.option(
    "--pinned",
    metavar="ORGANIZATION/MODEL@REFERENCE",
    help="Serve this model to everybody at /predict and /health, without a credential; the default is "
    "MAAS_PINNED_MODEL, or none.",
)
@click.option(
    "--workers", type=click.IntRange(1), default=4, show_default=True, help="Maximum number of processes per function."
)
@click.option(
    "--template",
    type=click.Path(path_type=Path, resolve_path=True),
    default=ROOT / "template.yaml",
    help="Template to run.",
)
@click.option("--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Set a parameter of the template.")
@click.option("--dashboards", is_flag=True, help="Run Prometheus too, and Grafana with dashboards if it is on PATH.")
@click.option(
    "--sam",
    is_flag=True,
    help="Run functions in Lambda's image with `sam local` and the registry in its container; needs Docker.",
)
@click.option(
    "--registry-auth",
    type=click.Choice(["on", "off"]),
    help="Whether gRPC calls to the registry need a service token; the default is MAAS_REGISTRY_AUTH, or on.",
)
def up(
    demo: bool,
    once: bool,
    detach: bool,
    data: Path | None,
    fresh: bool,
    loss: bool,
    ready_file: Path | None,
    as_json: bool,
    s3: S3Choice,
    tables: TablesChoice,
    ports: Ports,
    public: Public,
    pinned: str | None,
    workers: int,
    template: Path,
    parameters: tuple[str, ...],
    registry_auth: str | None,
    dashboards: bool,
    sam: bool,
) -> None:
    """Start everything on this machine. Ctrl-C stops it.

    LOG_LEVEL, MAAS_MAX_UPLOAD_BYTES, MAAS_PINNED_MODEL, MAAS_REGISTRY_AUTH, MAAS_REGISTRY_CALLS_MAX,
    MAAS_REGISTRY_METRICS_LISTEN and MAAS_TRACE_ENDPOINT of the environment are used. Any other MAAS_ variable is
    refused.
    """
    folder = None if fresh or (once and not data) else data or DEFAULT
    _check_combination(fresh=fresh and data is not None, detach=detach and (demo or once or folder is None))
    try:
        settings = shell_settings.read(os.environ)
        if detach and folder is not None:
            return _print_ready(detached.start(folder, sys.argv[2:]), as_json=as_json)
        chosen = {**settings.parameters, **_parameters(parameters, registry_auth, pinned)}
        options = Options(template, chosen, s3, tables, ports, public, workers, sam, settings.registry, folder, loss)
        options = dataclasses.replace(options, dashboards=dashboards)
        sys.exit(_run(options, Session(options, demo, once, ready_file, as_json)))
    finally:
        interrupts.ignore()


def _run(options: Options, session: Session) -> int:
    os.chdir(ROOT)
    _reach_loopback_directly()
    check(options.public, registry_auth=options.parameters.get("RegistryAuth", "on"), sam=options.sam)
    for program in {options.s3, options.tables} & {"minio", *ENGINES}:
        programs.find_or_build(program)  # before the event loop, because it takes minutes
    return uvloop.run(session.run())


def _parameters(given: tuple[str, ...], registry_auth: str | None, pinned: str | None) -> dict[str, str]:
    options = {"RegistryAuth": registry_auth, "PinnedModel": pinned}
    chosen = {name: value for name, value in options.items() if value}
    return chosen | dict(_name_and_value(parameter) for parameter in given)


def _print_ready(ready: Any, *, as_json: bool) -> None:
    for remark in ready["remarks"]:
        say(f"note: {remark}")
    print(json.dumps(ready) if as_json else report.text(ready, detached=True), flush=True)


def _check_combination(*, fresh: bool, detach: bool) -> None:
    if fresh:
        raise click.UsageError("--fresh uses a new folder, and --data an old one: choose one of them")
    if detach:
        raise click.UsageError(
            "--detach needs a data folder that lasts, and no demo: leave out --fresh, --demo, --once"
        )


def _reach_loopback_directly() -> None:
    """Keeps connections to loopback off a proxy that this shell sets. gRPC reads only the lower-case variable."""
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1"]))


def _name_and_value(parameter: str) -> tuple[str, str]:
    name, separator, value = parameter.partition("=")
    if not separator:
        raise click.BadParameter(f"{parameter!r} is not NAME=VALUE", param_hint="--parameter")
    return name, value
