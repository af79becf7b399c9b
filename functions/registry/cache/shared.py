"""The second level of the cache: texts of records for all processes, behind a circuit breaker."""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from functions.registry.cache.counters import Counters
from functions.registry.cache.jitter import spread
from functions.registry.cache.ports import Store
from functions.registry.cache.single_flight import ShieldedTasks
from maas.domain.errors import Unavailable
from maas.platform.observability import logger

P = ParamSpec("P")
T = TypeVar("T")

TTL = 3600.0  # seconds
# Seconds. Longer than any read can take that began before the change.
INVALIDATION_TTL = 60.0
BUDGET = 0.05  # seconds that a caller waits at most
PAUSE = 0.5  # seconds between two attempts to reach a store that failed
CLOSING = 2.0  # seconds
BATCH = 500  # keys that are invalidated in one call: Redis serves no other call for a few milliseconds


class SharedCache:
    """Returns a miss instead of an error. Keys are the texts of typed keys.

    A failure opens the circuit breaker, and no caller waits for the store while it is open. It closes after the store
    has answered a ping in time and has invalidated the keys that changed meanwhile.
    """

    def __init__(self, store: Store, counters: Counters, *, budget: float = BUDGET, pause: float = PAUSE) -> None:
        self._store = store
        self._counters = counters
        self._budget, self._pause = budget, pause
        self._breaker_closed = asyncio.Event()
        self._counters.breaker_open = 1
        self._reason = ""
        self._missed: dict[str, int] = {}  # changes that the store has not received: keys and revisions
        self._writes = ShieldedTasks()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, on_change: Callable[[str, int], None]) -> None:
        """Connects, reconnects, and calls `on_change` with key and revision of each change, of any process."""
        self._tasks = [asyncio.create_task(self._keep_connected()), asyncio.create_task(self._listen(on_change))]

    async def up(self) -> None:
        """Waits until the breaker is closed."""
        await self._breaker_closed.wait()

    async def answers(self) -> bool:
        """Returns whether the store answers a ping in time. A cache that nobody uses would not notice otherwise."""
        return await self._attempt(self._ping) is not None

    async def get(self, key: str) -> str | None:
        """The text of the record; None for a miss."""
        return await self._attempt(self._store.get, key) or None

    def keep(self, key: str, revision: int, text: str) -> None:
        """Stores the text of a record that was loaded; the caller does not wait."""
        self._writes.start(self._attempt(self._put, key, revision, text, announce=False))

    async def changed(self, key: str, revision: int, text: str) -> None:
        """Stores the text of a record that was written, and announces it to the other processes.

        An empty text is an invalidation: the record was deleted, or the stored one is unknown.
        """
        if await self._attempt(self._put, key, revision, text, announce=True) is None:
            self._missed[key] = max(revision, self._missed.get(key, 0))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING)  # redis-py may swallow a cancellation while it connects
        await self._writes.finish()
        await self._store.close()

    async def _ping(self) -> bool:
        await self._store.ping()
        return True

    async def _put(self, key: str, revision: int, text: str, *, announce: bool) -> bool:
        ttl = spread(TTL if text else INVALIDATION_TTL)
        return await self._store.put(key, revision, text, ttl, announce=announce)

    async def _attempt(self, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """The call's result; None after a failure and while the breaker is open."""
        if not self._breaker_closed.is_set():
            return None
        try:
            return await self._within_budget(call, *args, **kwargs)
        except Unavailable as error:
            self._open_breaker(error)
            return None

    async def _within_budget(self, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            async with asyncio.timeout(self._budget):
                return await call(*args, **kwargs)
        except TimeoutError as error:
            raise Unavailable("no answer in time") from error

    def _open_breaker(self, error: Unavailable) -> None:
        self._counters.breaker_opened += self._breaker_closed.is_set()
        self._breaker_closed.clear()
        self._counters.breaker_open = 1
        if error.message != self._reason:
            logger.warning("Redis does not answer; going on without it", reason=error.message)
            self._reason = error.message

    async def _keep_connected(self) -> None:
        """Closes the breaker whenever it is open; runs until it is cancelled."""
        while True:
            if not self._breaker_closed.is_set():
                try:
                    await self._store.connect()
                    await self._within_budget(self._store.ping)
                    await self._send_missed()
                except Unavailable as error:
                    self._open_breaker(error)
                else:
                    self._breaker_closed.set()
                    self._counters.breaker_open, self._reason = 0, ""
            await asyncio.sleep(self._pause)

    async def _send_missed(self) -> None:
        """Invalidates the keys that changed while the store was not reachable, in it and in every process."""
        while self._missed:
            batch = dict(itertools.islice(self._missed.items(), BATCH))
            await self._store.empty(batch, INVALIDATION_TTL)  # without a budget, because no caller waits
            for key, revision in batch.items():
                if self._missed[key] == revision:
                    del self._missed[key]

    async def _listen(self, on_change: Callable[[str, int], None]) -> None:
        while True:
            await self.up()
            with contextlib.suppress(Unavailable):
                async for key, revision in self._store.changes():
                    on_change(key, revision)
            await asyncio.sleep(self._pause)
