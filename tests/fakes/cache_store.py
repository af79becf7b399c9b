"""The second level of the registry's cache in memory: one simulated Redis for one or more processes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from maas.domain.errors import Unavailable

Clock = Callable[[], float]


@dataclass
class Held:
    revision: int
    text: str
    expires: float


@dataclass
class Memory:
    """The data of the simulated server."""

    clock: Clock
    values: dict[str, Held] = field(default_factory=dict)
    listeners: list["asyncio.Queue[tuple[str, int]]"] = field(default_factory=list)


class FakeRecordStore:
    """One process's connection to `memory`, which counts its `calls`.

    While `refusing`, calls raise Unavailable. Clearing `answering` makes them wait.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.refusing = False
        self.answering = asyncio.Event()
        self.answering.set()
        self.calls = 0

    async def connect(self) -> None:
        """Does nothing: while `refusing`, the first call fails and not the connection."""

    async def ping(self) -> None:
        await self._reach()

    async def get(self, key: str) -> str | None:
        await self._reach()
        held = self._held(key)
        return held.text if held else None

    async def put(self, key: str, revision: int, text: str, ttl: float, *, announce: bool) -> bool:
        await self._reach()
        return self._put(key, revision, text, ttl, announce=announce)

    async def empty(self, revisions: Mapping[str, int], ttl: float) -> None:
        await self._reach()
        for key, revision in revisions.items():
            self._put(key, revision, "", ttl, announce=True)

    def _put(self, key: str, revision: int, text: str, ttl: float, *, announce: bool) -> bool:
        held = self._held(key)
        newer = held is not None and held.revision > revision
        if not newer:
            self._memory.values[key] = Held(revision, text, self._memory.clock() + ttl)
        if announce:
            for listener in self._memory.listeners:
                listener.put_nowait((key, revision))
        return not newer

    async def changes(self) -> AsyncIterator[tuple[str, int]]:
        await self._reach()
        queue: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        self._memory.listeners.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._memory.listeners.remove(queue)

    async def close(self) -> None:
        self.answering.set()

    async def _reach(self) -> None:
        self.calls += 1
        await self.answering.wait()
        if self.refusing:
            raise Unavailable("refused")

    def _held(self, key: str) -> Held | None:
        held = self._memory.values.get(key)
        return held if held and self._memory.clock() < held.expires else None
