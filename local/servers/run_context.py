"""Options, folders and processes of one run, and the order in which everything stops."""

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
from local.servers.table_stores import TablesChoice


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the command line. Port 0 means any free port. `registry` is further environment of the registry."""

    template: Path = ROOT / "template.yaml"
    parameters: Mapping[str, str] = field(default_factory=dict)
    s3: S3Choice = "auto"
    tables: TablesChoice = "auto"
    port: int = 0
    registry_port: int = 0
    workers: int = 4
    sam: bool = False
    registry: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses of the servers: URLs, and host:port for the registry.

    `table_store` serves DynamoDB and its streams, `aws` every other API of AWS but S3. With moto they are the same.
    """

    gateway: str
    registry: str
    s3: str
    s3_kind: str
    redis: str | None
    aws: str
    table_store: str
    table_store_kind: str


class RunContext:
    """State shared by everything in one run. All files are under `folder`; only the logs stay after the run."""

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
        """Starts a process and waits until it is ready. It stops at the end of the run.

        Raises:
            StackError: the process ended, or was not ready in time.
        """
        process = ManagedProcess(spec, self.logs / f"{spec.name}.log", self.fail)
        self.processes[spec.name] = process
        self.exit_stack.push_async_callback(process.stop)
        await process.start()

    def fail(self, reason: str) -> None:
        """Sets `failure`, unless an earlier failure is set already."""
        if not self.failure.done():
            self.failure.set_result(reason)

    def run_in_background(self, work: Coroutine[None, None, None], name: str) -> None:
        """Runs `work` until the end of the run. If it ends before, the run has failed."""
        task = asyncio.create_task(work)

        def on_done(task: asyncio.Task[None]) -> None:
            if not task.cancelled():
                self.fail(f"{name} ended: {task.exception()!r}")

        task.add_done_callback(on_done)
        self.exit_stack.push_async_callback(_cancel, task)


async def gather_or_cancel(*jobs: Coroutine[None, None, None]) -> None:
    """Runs all jobs concurrently. If one raises, the others are cancelled and awaited before its error is raised.

    Unlike asyncio.TaskGroup, this raises the error itself and not a group of errors.
    """
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
