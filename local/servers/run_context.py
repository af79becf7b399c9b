"""Options, folders and processes of one run, and the order in which everything stops."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.aws_account import CREDENTIALS
from local.data import folder
from local.paths import ROOT
from local.public.names import Public
from local.servers.launchers import S3Choice
from local.servers.managed_process import ManagedProcess, ProcessSpec
from local.servers.ports import free_port, is_free
from local.servers.table_stores import TablesChoice


@dataclass(frozen=True, slots=True)
class Ports:
    """Wanted ports for clients. 0 means the one of last time, or any free port."""

    gateway: int = 0
    registry: int = 0
    s3: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the command line.

    `registry` is further environment of the registry. Without `data`, the stack gets a new folder that does not last.
    `dashboards`: Prometheus and Grafana run too. `accept_loss`: stores of it that are missing begin empty. `restoring`:
    a backup is written into it.
    """

    template: Path = ROOT / "template.yaml"
    parameters: Mapping[str, str] = field(default_factory=dict)
    s3: S3Choice = "auto"
    tables: TablesChoice = "auto"
    ports: Ports = field(default_factory=Ports)
    public: Public = field(default_factory=Public)
    workers: int = 4
    sam: bool = False
    registry: Mapping[str, str] = field(default_factory=dict)
    data: Path | None = None
    accept_loss: bool = False
    restoring: bool = False
    dashboards: bool = False


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses of the servers: URLs, and host:port for the registry and the SMTP server.

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
    mail: str


class RunContext:
    """State shared by everything in one run. `on_restart` is called after a process was started again."""

    def __init__(self, options: Options) -> None:
        """Opens the data folder. Raises StackError if that can't be used."""
        self.options = options
        self.exit_stack = contextlib.AsyncExitStack()
        self.folder = self.exit_stack.enter_context(
            folder.opened(options.data, restoring=options.restoring, accept_loss=options.accept_loss)
        )
        self.remarks: list[str] = []
        self.processes: dict[str, ManagedProcess] = {}
        self.on_restart: Callable[[], None] = lambda: None
        self.failure: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def logs(self) -> Path:
        """The folder of this run's logs."""
        return self.folder.logs

    @property
    def credentials(self) -> dict[str, str]:
        """The AWS_* variables of functions and clients. Containers, which `sam local` starts, get the public ones."""
        own = {"AWS_SECRET_ACCESS_KEY": self.folder.manifest.secret_key}
        return CREDENTIALS if self.options.sam else CREDENTIALS | own

    def port(self, part: str, wanted: int = 0) -> int:
        """Chooses the port of a part: the wanted one, else that of the folder if it is free, else any for this run.

        Raises:
            StackError: the wanted port is taken.
        """
        ports = self.folder.manifest.ports
        kept = ports.get(part, 0)
        port = free_port(wanted or (kept if kept and is_free(kept) else 0))
        if wanted or not kept:
            ports[part] = port
        elif port != kept:
            self.remarks.append(f"port {kept} of {part} is taken: it is {port} now, and {kept} again once that is free")
        return port

    async def start_process(self, spec: ProcessSpec) -> None:
        """Starts a process and waits until it is ready. It stops at the end of the run.

        Raises:
            StackError: the process ended, or was not ready in time.
        """
        process = ManagedProcess(spec, self.logs / f"{spec.name}.log", self.fail, lambda: self.on_restart())
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
