"""The servers around the functions: how each is started, when it is up, and what happens when it dies."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.console import say
from local.errors import StackError
from local.servers import processes

_QUICK_DEATH = 10.0  # seconds of life that make a death a quick one
_QUICK_DEATHS = 5  # from here on the log is worth a look
_LONGEST_WAIT = 10.0


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """`answers` says whether it serves yet; one that is not `restarts` (it loses its data) takes the stack down.

    `clear` is a command that removes what the process leaves behind when it is killed.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    answers: Callable[[], Awaitable[bool]]
    restarts: bool = True
    limit: float = 30.0
    grace: float = 5.0
    clear: Sequence[str] = ()


@dataclass(slots=True)
class ManagedProcess:
    """A running part; `failed` is told why the stack can't go on."""

    spec: ProcessSpec
    log: Path
    failed: Callable[[str], None]
    _process: asyncio.subprocess.Process | None = None
    _keeper: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Returns when it answers.

        Raises:
            StackError: it does not in time, or ended; the message ends with its log's last lines.
        """
        self._process = await self._spawn()
        end = time.monotonic() + self.spec.limit
        while not await self.spec.answers():
            if self._process.returncode is not None:
                raise StackError(f"{self.spec.name} ended with status {self._process.returncode}; {self._log_end()}")
            if time.monotonic() > end:
                raise StackError(f"{self.spec.name} did not answer within {self.spec.limit:g} s; {self._log_end()}")
            await asyncio.sleep(0.05)
        self._keeper = asyncio.create_task(self._keep(self._process))

    async def stop(self) -> None:
        """Ends it, and no restart follows."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._process is not None:
            await processes.stop(self._process, self.spec.grace)
            await self._clear()

    async def _keep(self, process: asyncio.subprocess.Process) -> None:
        """Restarts it when it dies, a little later each time it dies quickly."""
        quick = 0
        while True:
            started = time.monotonic()
            code = await process.wait()
            if not self.spec.restarts:
                self.failed(f"{self.spec.name} ended with status {code}, and its data with it; {self._log_end()}")
                return
            quick = quick + 1 if time.monotonic() - started < _QUICK_DEATH else 0
            wait = min(_LONGEST_WAIT, 0.1 * 2**quick)
            again = f"starting it again in {wait:g} s"
            if quick == _QUICK_DEATHS:
                say(f"{self.spec.name} died {quick} times in a row (status {code}), {again}; {self._log_end()}")
            else:
                say(f"{self.spec.name} ended with status {code}, {again}")
            await asyncio.sleep(wait)
            await self._clear()
            process = self._process = await self._spawn()

    async def _spawn(self) -> asyncio.subprocess.Process:
        return await processes.spawn(self.spec.argv, self.spec.environment, self.log)

    async def _clear(self) -> None:
        if self.spec.clear:
            await (await processes.spawn(self.spec.clear, self.spec.environment, self.log)).wait()

    def _log_end(self) -> str:
        return f"the end of {self.log}:\n{processes.tail(self.log)}"
