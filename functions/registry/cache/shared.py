"""The second level: records for all processes, behind a breaker. Trouble is a miss; the breaker never lets it last."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from functions.registry.cache.counters import Counters
from functions.registry.cache.store import Store
from functions.registry.shielded import Shielded
from maas.domain.errors import Unavailable
from maas.observability import logger

T = TypeVar("T")

TTL = 3600.0
# Longer than any read that began before the change can take.
TOMBSTONE_TTL = 60.0
# Up to this part of a life is taken off at random, so that what is written together does not expire together.
SPREAD = 0.2
# A record that is read while less than this part of its life is left is loaded anew.
ENDING = 0.2
# Seconds a caller waits at most; a call may make two reads.
BUDGET = 0.05
REST = 0.5  # seconds between two tries to reach a store that failed


class SharedCache:
    """After any failure nobody waits for the store until it answers a ping in time and was told what it missed."""

    def __init__(self, store: Store, counters: Counters, *, budget: float = BUDGET, rest: float = REST) -> None:
        self._store = store
        self._counters = counters
        self._budget, self._rest = budget, rest
        self._open = asyncio.Event()  # of the breaker: open means that nothing is asked
        self._open.set()
        self._counters.breaker_open = 1
        self._closed = asyncio.Event()
        self._reason = ""
        self._owed: dict[str, int] = {}
        self._shielded = Shielded()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, heard: Callable[[str, int], None]) -> None:
        """From here on tries to stay connected, and tells `heard` the keys and revisions that any process changed."""
        self._tasks = [asyncio.create_task(self._mend()), asyncio.create_task(self._listen(heard))]

    async def up(self) -> None:
        """Waits until the store is asked."""
        await self._closed.wait()

    async def get(self, key: str) -> str | None:
        """The record's text; None for a miss."""
        return await self._tried(lambda: self._store.get(key)) or None

    async def is_ending(self, key: str) -> bool:
        """Whether it soon expires, or is not there; False while the store does not answer."""
        life = await self._tried(lambda: self._store.life(key))
        return life is not None and life < TTL * ENDING

    def keep(self, key: str, revision: int, text: str) -> None:
        """What a reader loaded; nobody waits for it."""
        if not self._open.is_set():
            self._shielded.start(self._tried(lambda: self._put(key, revision, text, announce=False)))

    async def changed(self, key: str, revision: int, text: str) -> None:
        """What a writer stored (empty text: it is gone, or not known for sure); the other processes hear of it."""
        if await self._tried(lambda: self._put(key, revision, text, announce=True)) is None:
            self._owed[key] = max(revision, self._owed.get(key, 0))

    async def add_reads(self, reads: dict[str, int]) -> None:
        await self._tried(lambda: self._store.add_reads(reads))

    async def most_read(self, limit: int) -> list[str]:
        return await self._tried(lambda: self._store.most_read(limit)) or []

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._shielded.finish()
        await self._store.close()

    async def _put(self, key: str, revision: int, text: str, *, announce: bool) -> bool:
        longest = TTL if text else TOMBSTONE_TTL
        life = longest * random.uniform(1 - SPREAD, 1)  # noqa: S311 - spreads expiry, no secret
        return await self._store.put(key, revision, text, life, announce=announce)

    async def _tried(self, call: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
        """None where there is trouble."""
        if self._open.is_set():
            return None
        try:
            return await self._in_time(call())
        except Unavailable as error:
            self._failed(error)
            return None

    async def _in_time(self, call: Coroutine[Any, Any, T]) -> T:
        """Stops waiting when the time is over, or its caller cancelled; the call itself runs to its end."""
        task = self._shielded.start(call)
        await asyncio.wait({task}, timeout=self._budget)
        if not task.done():
            raise Unavailable("no answer in time")
        return task.result()

    def _failed(self, error: Unavailable) -> None:
        if not self._open.is_set():
            self._counters.breaker_opened += 1
        self._open.set()
        self._closed.clear()
        self._counters.breaker_open = 1
        if error.message != self._reason:
            logger.warning("Redis does not answer; going on without it", reason=error.message)
            self._reason = error.message

    async def _mend(self) -> None:
        """Closes the breaker again; runs until it is cancelled."""
        while True:
            await self._open.wait()
            try:
                await self._in_time(self._store.ping())
                await self._pay()
            except Unavailable as error:
                self._failed(error)
                await asyncio.sleep(self._rest)
            else:
                self._open.clear()
                self._closed.set()
                self._counters.breaker_open, self._reason = 0, ""

    async def _pay(self) -> None:
        """Empties what changed without the store's knowing, for all who read from it."""
        while self._owed:
            key, revision = next(iter(self._owed.items()))
            await self._in_time(self._put(key, revision, "", announce=True))
            if self._owed[key] == revision:
                del self._owed[key]

    async def _listen(self, heard: Callable[[str, int], None]) -> None:
        while True:
            with contextlib.suppress(Unavailable):
                async for key, revision in self._store.changes():
                    heard(key, revision)
            await asyncio.sleep(self._rest)
