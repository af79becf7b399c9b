"""Server processes around the functions: start, readiness, restart after a crash, stop."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.console import say
from local.errors import StackError
from local.servers import processes
from local.servers.probes import Probe

_EARLY_EXIT = 10.0  # seconds; an exit before that counts as early, and early exits in a row delay the restart
_EARLY_EXITS_TO_REPORT = 5
_MAX_RESTART_DELAY = 10.0


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """How to run one server.

    `is_ready` is its readiness probe. A process with `restarts` false loses its data when it ends, and the stack ends
    with it. `start_timeout` and `grace` (the time between SIGTERM and SIGKILL) are in seconds. `cleanup` is a command
    that removes leftovers of a killed process.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Probe
    restarts: bool = True
    start_timeout: float = 30.0
    grace: float = 5.0
    cleanup: Sequence[str] = ()


class ManagedProcess:
    """A running server.

    `on_failure` is called with the reason why the stack can't continue, `on_restart` once it has another process.
    """

    def __init__(
        self,
        spec: ProcessSpec,
        log: Path,
        on_failure: Callable[[str], None],
        on_restart: Callable[[], None] = lambda: None,
    ) -> None:
        self.spec = spec
        self._log = log
        self._on_failure, self._on_restart = on_failure, on_restart
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Id of the current process; it changes with each restart."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Starts the process and waits until it is ready.

        Raises:
            StackError: the process ended, or was not ready in time; the message ends with the log's last lines.
        """
        spec = self.spec
        self._process = await self._spawn()
        end = time.monotonic() + spec.start_timeout
        while not await spec.is_ready():
            if self._process.returncode is not None:
                raise StackError(f"{spec.name} ended with status {self._process.returncode}; {self._log_end()}")
            if time.monotonic() > end:
                raise StackError(f"{spec.name} was not ready within {spec.start_timeout:g} s; {self._log_end()}")
            await asyncio.sleep(0.05)
        self._supervisor = asyncio.create_task(self._supervise(self._process))

    async def stop(self) -> None:
        """Stops the process; it is not restarted."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
        if self._process is not None:
            await processes.stop(self._process, self.spec.grace)
            await self._clean_up()

    async def _supervise(self, process: asyncio.subprocess.Process) -> None:
        """Restarts the process each time it ends, with exponential backoff for early exits."""
        name, early_exits = self.spec.name, 0
        while True:
            started = time.monotonic()
            status = await process.wait()
            if not self.spec.restarts:
                self._on_failure(f"{name} ended with status {status}, and its data is lost; {self._log_end()}")
                return
            early_exits = early_exits + 1 if time.monotonic() - started < _EARLY_EXIT else 0
            delay = min(_MAX_RESTART_DELAY, 0.1 * 2**early_exits)
            restart = f"restarting in {delay:g} s"
            if early_exits == _EARLY_EXITS_TO_REPORT:
                say(f"{name} ended {early_exits} times in a row (status {status}), {restart}; {self._log_end()}")
            else:
                say(f"{name} ended with status {status}, {restart}")
            await asyncio.sleep(delay)
            process = self._process = await self._spawn_again()
            self._on_restart()

    async def _spawn_again(self) -> asyncio.subprocess.Process:
        """Starts the process once the system allows it: the disk of the log may be full, or memory short."""
        while True:
            try:
                await self._clean_up()
                return await self._spawn()
            except OSError as error:
                say(f"{self.spec.name} can't be started: {error.strerror}; trying again")
                await asyncio.sleep(_MAX_RESTART_DELAY)

    async def _spawn(self) -> asyncio.subprocess.Process:
        return await processes.spawn(self.spec.argv, self.spec.environment, self._log)

    async def _clean_up(self) -> None:
        if self.spec.cleanup:
            await (await processes.spawn(self.spec.cleanup, self.spec.environment, self._log)).wait()

    def _log_end(self) -> str:
        return f"the end of {self._log}:\n{processes.tail(self._log)}"
