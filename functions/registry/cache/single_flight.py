"""Work that outlives who waits for it: in the background, or one load of a key at a time (single flight)."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Shielded:
    """Work that runs to its end even when whoever waits for it is cancelled."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()  # asyncio itself holds tasks by weak references only

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Nobody has to wait for it; an error that nobody waits for is dropped."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.shield(self.start(work))

    async def finish(self) -> None:
        """Waits until nothing runs any more."""
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen, so asyncio does not complain about it


class Flights(Generic[T]):
    """`load` runs to its end even when all who wait for it go away; its error goes to those, and is not kept."""

    def __init__(self, load: Callable[[str], Awaitable[T]]) -> None:
        self._load = load
        self._under_way: dict[str, asyncio.Task[T]] = {}
        self._tasks = Shielded()

    def __contains__(self, key: str) -> bool:
        return key in self._under_way

    def start(self, key: str) -> asyncio.Task[T]:
        """The load under way, or a new one."""
        if key not in self._under_way:
            self._under_way[key] = self._tasks.start(self._fly(key))
        return self._under_way[key]

    async def join(self, key: str) -> T:
        return await asyncio.shield(self.start(key))

    def overtake(self, key: str) -> None:
        """A change has come: who asks from now on gets a load of his own, for the one under way may bring what was."""
        self._under_way.pop(key, None)

    def is_overtaken(self, key: str) -> bool:
        """Asked by a load of its own key."""
        return self._under_way.get(key) is not asyncio.current_task()

    async def finish(self) -> None:
        await self._tasks.finish()

    async def _fly(self, key: str) -> T:
        try:
            return await self._load(key)
        finally:
            if not self.is_overtaken(key):
                del self._under_way[key]
