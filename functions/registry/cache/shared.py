"""The second level: records for all processes, behind a breaker. Trouble is a miss; the breaker never lets it last."""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from functions.registry.cache.counters import Counters
from functions.registry.cache.jitter import spread
from functions.registry.cache.ports import Store
from functions.registry.cache.single_flight import Shielded
from maas.domain.errors import Unavailable
from maas.platform.observability import logger

P = ParamSpec("P")
T = TypeVar("T")

TTL = 3600.0
# Longer than any read that began before the change can take.
TOMBSTONE_TTL = 60.0
BUDGET = 0.05  # seconds that a caller waits at most
REST = 0.5  # seconds between two tries to reach a store that failed
CLOSING = 2.0  # seconds
PART = 500  # keys that are emptied at once: a few milliseconds in which Redis does nothing else


class SharedCache:
    """After any failure nobody waits for the store until it answers a ping in time and was told what it missed."""

    def __init__(self, store: Store, counters: Counters, *, budget: float = BUDGET, rest: float = REST) -> None:
        self._store = store
        self._counters = counters
        self._budget, self._rest = budget, rest
        self._closed = asyncio.Event()  # the breaker; open means that nothing is asked
        self._counters.breaker_open = 1
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
        return await self._tried(self._store.get, key) or None

    def keep(self, key: str, revision: int, text: str) -> None:
        """What a reader loaded; nobody waits for it."""
        self._shielded.start(self._tried(self._put, key, revision, text, announce=False))

    async def changed(self, key: str, revision: int, text: str) -> None:
        """What a writer stored (empty text: it is gone, or not known for sure); the other processes hear of it."""
        if await self._tried(self._put, key, revision, text, announce=True) is None:
            self._owed[key] = max(revision, self._owed.get(key, 0))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING)  # redis-py may swallow a cancellation while it connects
        await self._shielded.finish()
        await self._store.close()

    async def _put(self, key: str, revision: int, text: str, *, announce: bool) -> bool:
        life = spread(TTL if text else TOMBSTONE_TTL)
        return await self._store.put(key, revision, text, life, announce=announce)

    async def _tried(self, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """None where there is trouble."""
        if not self._closed.is_set():
            return None
        try:
            return await self._in_time(call, *args, **kwargs)
        except Unavailable as error:
            self._failed(error)
            return None

    async def _in_time(self, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            async with asyncio.timeout(self._budget):
                return await call(*args, **kwargs)
        except TimeoutError as error:
            raise Unavailable("no answer in time") from error

    def _failed(self, error: Unavailable) -> None:
        self._counters.breaker_opened += self._closed.is_set()
        self._closed.clear()
        self._counters.breaker_open = 1
        if error.message != self._reason:
            logger.warning("Redis does not answer; going on without it", reason=error.message)
            self._reason = error.message

    async def _mend(self) -> None:
        """Closes the breaker when it is open; runs until it is cancelled."""
        while True:
            if not self._closed.is_set():
                try:
                    await self._store.connect()
                    await self._in_time(self._store.ping)
                    await self._pay()
                except Unavailable as error:
                    self._failed(error)
                else:
                    self._closed.set()
                    self._counters.breaker_open, self._reason = 0, ""
            await asyncio.sleep(self._rest)

    async def _pay(self) -> None:
        """Empties what changed without the store's knowing, for all who read from it."""
        while self._owed:
            part = dict(itertools.islice(self._owed.items(), PART))
            await self._store.empty(part, TOMBSTONE_TTL)  # in the store's own time: no caller waits
            for key, revision in part.items():
                if self._owed[key] == revision:
                    del self._owed[key]

    async def _listen(self, heard: Callable[[str, int], None]) -> None:
        while True:
            await self.up()
            with contextlib.suppress(Unavailable):
                async for key, revision in self._store.changes():
                    heard(key, revision)
            await asyncio.sleep(self._rest)
