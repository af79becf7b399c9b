"""The command line: `up`, `test` and `registry-image`."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import get_args

import click
import uvloop

from local import interrupts, programs, report, shell_settings, test_command
from local.console import say
from local.errors import StackError
from local.paths import ROOT
from local.sam import registry_image
from local.servers.launchers import S3Choice
from local.servers.run_context import Options
from local.servers.table_stores import ENGINES, TablesChoice
from local.stack import Stack

_PORT = click.IntRange(0, 65535)
HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}


def _writable(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Checks the option now, and not after everything has started."""
    if file is not None and not os.access(file.absolute().parent, os.W_OK):
        raise click.BadParameter(f"{file.parent} is not a writable folder")
    return file


@click.group(context_settings=HELP_OPTIONS)
def main() -> None:
    """Run or test MaaS on this machine."""
    interrupts.exit_in_order()


@main.command(context_settings=HELP_OPTIONS)
@click.option("--demo", is_flag=True, help="Run the demo when everything is ready.")
@click.option("--once", is_flag=True, help="Run the demo, stop everything, and exit with the demo's status.")
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
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
    help="The server for DynamoDB; auto uses the first of dynoxide and DynamoDB Local that is installed, else moto.",
)
@click.option("--port", type=_PORT, default=0, help="Port of the gateway; by default any free port.")
@click.option("--registry-port", type=_PORT, default=0, help="Port of the registry; by default any free port.")
@click.option(
    "--workers", type=click.IntRange(1), default=4, show_default=True, help="Maximum number of processes per function."
)
@click.option("--template", type=click.Path(path_type=Path), default=ROOT / "template.yaml", help="Template to run.")
@click.option("--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Set a parameter of the template.")
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
    ready_file: Path | None,
    as_json: bool,
    s3: S3Choice,
    tables: TablesChoice,
    port: int,
    registry_port: int,
    workers: int,
    template: Path,
    parameters: tuple[str, ...],
    registry_auth: str | None,
    sam: bool,
) -> None:
    """Start everything on this machine. Ctrl-C stops it.

    LOG_LEVEL, MAAS_MAX_UPLOAD_BYTES, MAAS_REGISTRY_AUTH, MAAS_REGISTRY_CALLS_MAX and MAAS_REGISTRY_METRICS_LISTEN of
    the environment are used. Any other MAAS_ variable is refused.
    """
    chosen = {"RegistryAuth": registry_auth} if registry_auth else {}
    chosen |= dict(_name_and_value(parameter) for parameter in parameters)
    _reach_loopback_directly()
    try:
        settings = shell_settings.read(os.environ)
        chosen = {**settings.parameters, **chosen}
        for program in {s3, tables} & {"minio", *ENGINES}:
            programs.find_or_build(program)  # before the event loop, because it takes minutes
        options = Options(template.resolve(), chosen, s3, tables, port, registry_port, workers, sam, settings.registry)
        sys.exit(uvloop.run(_Session(options, demo or once, once, ready_file, as_json).run()))
    except StackError as error:
        raise click.ClickException(str(error)) from error
    finally:
        interrupts.ignore()


main.add_command(registry_image.command)
main.add_command(test_command.test)


def _reach_loopback_directly() -> None:
    """Keeps connections to loopback off a proxy that this shell sets. gRPC reads only the lower-case variable."""
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1"]))


def _name_and_value(parameter: str) -> tuple[str, str]:
    name, separator, value = parameter.partition("=")
    if not separator:
        raise click.BadParameter(f"{parameter!r} is not NAME=VALUE", param_hint="--parameter")
    return name, value


class _Session:
    """One run of `up`, from the start to the signal that ends it."""

    def __init__(self, options: Options, demo: bool, once: bool, ready_file: Path | None, as_json: bool) -> None:
        self._options = options
        self._demo, self._once = demo, once
        self._ready_file = ready_file
        self._as_json = as_json
        self._is_ready = False

    async def run(self) -> int:
        """Runs until a signal, or the end of the demo with `--once`.

        Returns the exit status: 0 for a signal that ends a stack which was ready, and 130 for one before.
        """
        work = asyncio.create_task(self._run())
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._interrupt, work)
        try:
            return await work
        except asyncio.CancelledError:
            return 0 if self._is_ready else interrupts.INTERRUPTED
        finally:
            if self._ready_file is not None:
                self._ready_file.unlink(missing_ok=True)

    def _interrupt(self, work: asyncio.Task[int]) -> None:
        """Stops in order at the first signal. Further signals are ignored: they would leave processes behind."""
        if not work.cancelling():
            say("stopping")
            work.cancel()

    async def _run(self) -> int:
        async with Stack.running(self._options) as stack:
            ready = stack.ready()
            files = [stack.context.data / "ready.json", *([self._ready_file] if self._ready_file else [])]
            for file in files:
                _write_atomically(file, json.dumps(ready, indent=2))
            for remark in ready["remarks"]:
                say(f"note: {remark}")
            status = await self._run_demo(files[0]) if self._demo else 0
            if self._once:
                return status
            self._is_ready = True
            print(
                json.dumps(ready) if self._as_json else report.text(ready, demo=self._demo and status == 0), flush=True
            )
            raise StackError(await stack.context.failure)

    async def _run_demo(self, ready_file: Path) -> int:
        options = [*(["--json"] if self._as_json else []), *(["--no-lines"] if self._once else [])]
        argv = [sys.executable, "-m", "local.demo", "--ready-file", str(ready_file), *options]
        # The demo gets its own session, so that Ctrl-C reaches only the stack, which then ends the demo.
        process = await asyncio.create_subprocess_exec(*argv, cwd=ROOT, start_new_session=True)
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


def _write_atomically(file: Path, text: str) -> None:
    """Writes the file so that readers never see a part of it."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.touch(mode=0o600)  # the file contains passwords
    temporary.write_text(text)
    temporary.replace(file)
