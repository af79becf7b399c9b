"""The command line."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import get_args

import click
import uvloop

from local import report, testing
from local.console import say
from local.errors import StackError
from local.servers import ROOT, S3Choice
from local.stack import Options, Stack


@click.group()
def main() -> None:
    """MaaS on one machine."""


@main.command()
@click.option("--demo", is_flag=True, help="Run the demo once everything is up.")
@click.option("--once", is_flag=True, help="End after the demo, with its status.")
@click.option("--ready-file", type=click.Path(path_type=Path), help="Write addresses and a user there as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@click.option("--s3", type=click.Choice(get_args(S3Choice)), default="auto", show_default=True, help="Who plays S3.")
@click.option("--port", default=0, help="The gateway's port; any free one by default.")
@click.option("--registry-port", default=0, help="The registry's port; any free one by default.")
@click.option("--workers", default=4, show_default=True, help="The most processes for one function.")
@click.option("--template", type=click.Path(path_type=Path), default=ROOT / "template.yaml", help="What to run.")
@click.option("--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Set a parameter of the template.")
@click.option("--registry-auth", type=click.Choice(["on", "off"]), default="on", envvar="MAAS_REGISTRY_AUTH")
def up(
    demo: bool,
    once: bool,
    ready_file: Path | None,
    as_json: bool,
    s3: S3Choice,
    port: int,
    registry_port: int,
    workers: int,
    template: Path,
    parameters: tuple[str, ...],
    registry_auth: str,
) -> None:
    """Start everything; Ctrl-C stops it."""
    chosen = {"RegistryAuth": registry_auth} | dict(_pair(parameter) for parameter in parameters)
    options = Options(template.resolve(), chosen, s3, port, registry_port, workers)
    session = _Session(options, demo or once, once, ready_file, as_json)
    # Loopback addresses must not go through a proxy that this shell has set.
    os.environ["NO_PROXY"] = ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1"]))
    try:
        sys.exit(uvloop.run(session.run()))
    except StackError as error:
        raise click.ClickException(str(error)) from error


main.add_command(testing.test)


def _pair(parameter: str) -> tuple[str, str]:
    name, separator, value = parameter.partition("=")
    if not separator:
        raise click.BadParameter(f"{parameter!r} is not NAME=VALUE", param_hint="--parameter")
    return name, value


class _Session:
    """One `up`, from the start to the signal that ends it."""

    def __init__(self, options: Options, demo: bool, once: bool, ready_file: Path | None, as_json: bool) -> None:
        self._options = options
        self._demo, self._once = demo, once
        self._ready_file = ready_file
        self._as_json = as_json

    async def run(self) -> int:
        """The exit status."""
        work = asyncio.create_task(self._run())
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._interrupt, work)
        try:
            return await work
        except asyncio.CancelledError:
            return 0
        finally:
            if self._ready_file is not None:
                self._ready_file.unlink(missing_ok=True)

    def _interrupt(self, work: asyncio.Task[int]) -> None:
        """The first signal stops in order; more of them would only leave processes behind."""
        if not work.cancelling():
            say("stopping")
            work.cancel()

    async def _run(self) -> int:
        async with Stack.running(self._options) as stack:
            ready = stack.ready()
            files = [stack.data / "ready.json", *([self._ready_file] if self._ready_file else [])]
            for file in files:
                _write_whole(file, json.dumps(ready, indent=2))
            status = await _run_demo(files[0]) if self._demo else 0
            if self._once:
                return status
            print(json.dumps(ready, indent=2) if self._as_json else report.text(ready), flush=True)
            raise StackError(await stack.broken)


def _write_whole(file: Path, text: str) -> None:
    """Whoever waits for the file never reads half of it."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.write_text(text)
    unfinished.replace(file)


async def _run_demo(ready_file: Path) -> int:
    argv = [sys.executable, "-m", "local.demo", "--ready-file", str(ready_file)]
    process = await asyncio.create_subprocess_exec(*argv, cwd=ROOT)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
