"""One task for all callers who wait for the same thing."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any


class SingleFlight:
    """Starts a job unless it is under way, and waits for it. A waiter that is cancelled leaves it to the others."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def run(self, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(job())
            self._task.add_done_callback(_noticed)
        await asyncio.shield(self._task)


def _noticed(task: "asyncio.Task[None]") -> None:
    """Reads the outcome of a job for which nobody waits any more."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()
