"""Lines about work that takes long, and its end when the user wants it."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from local.console import say

_PERIOD = 5.0  # seconds between lines
_MIB = 1024 * 1024

T = TypeVar("T")


class Interrupted(Exception):
    """The user ended the command."""


class Progress:
    """Counts bytes of one step after the other. Any thread may call it."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self.step("")

    def step(self, name: str, total: int = 0) -> None:
        """Begins a step. `total` is its number of bytes, 0 if that is not known."""
        self._name, self._total, self._done, self._said = name, total, 0, time.monotonic()

    def add(self, size: int) -> None:
        """Counts bytes. Raises Interrupted after `stop`."""
        if self._stopped.is_set():
            raise Interrupted
        self._done += size
        if time.monotonic() > self._said + _PERIOD:
            self._said = time.monotonic()
            of = f" of {self._total / _MIB:,.0f}" if self._total else ""
            say(f"{self._name}: {self._done / _MIB:,.0f}{of} MiB")

    def stop(self) -> None:
        """Makes the work end at its next step."""
        self._stopped.set()

    async def run(self, work: Callable[[], T]) -> T:
        """Runs the work in a thread. If this task is cancelled, it ends after the work has ended."""
        task = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self.stop()
            await asyncio.gather(task, return_exceptions=True)
            raise
