"""Tasks that outlive the callers that wait for them, and single flight: one load of a key at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

from functions.registry.cache.keys import Key

T = TypeVar("T")


class ShieldedTasks:
    """Tasks that run to their end even if every caller that waits for them is cancelled."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()  # asyncio itself holds tasks by weak references only

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Starts a task. If no caller waits for it, its error is dropped."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.shield(self.start(work))

    async def finish(self) -> None:
        """Waits for all running tasks."""
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # marks it as retrieved, so that asyncio does not log it


class SingleFlight(Generic[T]):
    """One load of a key at a time, shared by all callers that wait for it.

    `load` runs to its end even if all callers are cancelled. Its error goes to the callers and is not kept. Methods
    that take a text expect the text of the key.
    """

    def __init__(self, load: Callable[[Key], Awaitable[T]]) -> None:
        self._load = load
        self._under_way: dict[str, asyncio.Task[T]] = {}
        self._tasks = ShieldedTasks()

    def __contains__(self, text: str) -> bool:
        return text in self._under_way

    def start(self, key: Key) -> asyncio.Task[T]:
        """The load under way, or a new one."""
        text = key.text()
        if text not in self._under_way:
            self._under_way[text] = self._tasks.start(self._run(key, text))
        return self._under_way[text]

    async def join(self, key: Key) -> T:
        return await asyncio.shield(self.start(key))

    def overtake(self, text: str) -> None:
        """Detaches the load under way, because the record has changed and the load may return the old one.

        Callers that wait for it get its result; the next caller starts another load.
        """
        self._under_way.pop(text, None)

    def is_overtaken(self, text: str) -> bool:
        """Returns whether the load that calls this, a load of the same key, was detached."""
        return self._under_way.get(text) is not asyncio.current_task()

    async def finish(self) -> None:
        await self._tasks.finish()

    async def _run(self, key: Key, text: str) -> T:
        try:
            return await self._load(key)
        finally:
            if not self.is_overtaken(text):
                del self._under_way[text]
