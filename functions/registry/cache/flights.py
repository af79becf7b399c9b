"""Single flight: one load of a key at a time, however many wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from functions.registry.shielded import Shielded

T = TypeVar("T")


class Flight:
    """`overtaken`: a change came while it was under way, so what it brings may be old."""

    overtaken = False


Work = Callable[[str, Flight], Awaitable[T]]


class Flights(Generic[T]):
    """A load runs to its end even when all who wait for it go away; its error goes to those, and is not kept."""

    def __init__(self) -> None:
        self._under_way: dict[str, tuple[Flight, asyncio.Task[T]]] = {}
        self._tasks = Shielded()

    def __contains__(self, key: str) -> bool:
        return key in self._under_way

    async def join(self, key: str, work: Work[T]) -> T:
        """What the load under way brings, or that of `work` if there is none."""
        return await asyncio.shield(self.start(key, work))

    def start(self, key: str, work: Work[T]) -> asyncio.Task[T]:
        if key not in self._under_way:
            flight = Flight()
            self._under_way[key] = flight, self._tasks.start(self._fly(key, flight, work))
        return self._under_way[key][1]

    def overtake(self, key: str) -> None:
        """Who asks from now on gets a load of his own, for he must see the change."""
        if key in self._under_way:
            flight, _ = self._under_way.pop(key)
            flight.overtaken = True

    async def finish(self) -> None:
        await self._tasks.finish()

    async def _fly(self, key: str, flight: Flight, work: Work[T]) -> T:
        try:
            return await work(key, flight)
        finally:
            if not flight.overtaken:
                del self._under_way[key]
