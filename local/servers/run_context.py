"""What both kinds of stack stand on: options, folders, parts, and the order in which everything ends."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.paths import ROOT
from local.servers.launchers import S3Choice
from local.servers.managed_process import ManagedProcess, ProcessSpec


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chose; a port of 0 is any free one."""

    template: Path = ROOT / "template.yaml"
    parameters: Mapping[str, str] = field(default_factory=dict)
    s3: S3Choice = "auto"
    port: int = 0
    registry_port: int = 0
    workers: int = 4
    sam: bool = False


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts listen: URLs, and host:port for the registry."""

    gateway: str
    registry: str
    s3: str
    s3_kind: str
    redis: str | None
    aws: str


class RunContext:
    """One run. Everything it makes is under `folder`; only the logs are left at the end."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="maas-"))
        self.logs = self.folder / "logs"
        self.data = self.folder / "data"
        self.remarks: list[str] = []
        self.processes: dict[str, ManagedProcess] = {}
        self.failure: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.exit_stack = contextlib.AsyncExitStack()
        self.logs.mkdir()
        self.data.mkdir()
        self.exit_stack.callback(shutil.rmtree, self.data, ignore_errors=True)

    async def start_process(self, spec: ProcessSpec) -> None:
        """Returns when it answers; raises StackError when it does not. It ends with the stack."""
        part = ManagedProcess(spec, self.logs / f"{spec.name}.log", self.fail)
        self.processes[spec.name] = part
        self.exit_stack.push_async_callback(part.stop)
        await part.start()

    def fail(self, reason: str) -> None:
        """The stack can't go on; the first reason is the one that counts."""
        if not self.failure.done():
            self.failure.set_result(reason)

    def run_in_background(self, work: Coroutine[None, None, None], what: str) -> None:
        """Runs it until the stack ends; should it end before, the stack is broken."""
        task = asyncio.create_task(work)

        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled():
                self.fail(f"{what} ended: {task.exception()!r}")

        task.add_done_callback(ended)
        self.exit_stack.push_async_callback(_cancel, task)


async def gather_or_cancel(*jobs: Coroutine[None, None, None]) -> None:
    """All at once; when one fails the others end before its error goes on."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
