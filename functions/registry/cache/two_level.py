"""Both levels as one cache, with single flight, early refresh and warm-up."""

import asyncio
import contextlib
import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from operator import attrgetter

from functions.registry.cache.counters import Counters
from functions.registry.cache.keys import Key, pack, unpack
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.serialization import Cached, from_text, to_text
from functions.registry.cache.shared import SharedCache
from functions.registry.cache.single_flight import SingleFlight
from maas.domain.errors import MaasError

Load = Callable[[Key], Awaitable[Cached | None]]

# The key of the list of most read keys, its length, and the time limit of the warm-up in seconds.
MOST_READ, MOST, WARM_SECONDS = "most-read", 500, 10.0


@dataclass(slots=True)
class _Reads:
    """The number of times that a key was read."""

    key: Key
    count: int


class Cache:
    """`load` reads the record of a key from the store; without `shared`, the cache has the first level only."""

    def __init__(self, load: Load, local: LocalCache, shared: SharedCache | None, counters: Counters) -> None:
        self._load = load
        self._local = local
        self._shared = shared
        self._counters = counters
        self._loads = SingleFlight(self._fetch)
        self._reads: dict[str, _Reads] = {}
        # Records that were refused to a caller, kept for as long as the absence of one.
        self._refused = LocalCache(local.clock)
        self._refusals = SingleFlight(self._look_in_vain)

    async def read(self, key: Key) -> Cached | None:
        """The record, or None if there is none. Raises what `load` raises; an error is not cached."""
        text = key.text()
        entry = self._local.get(text)
        if entry is None:
            self._counters.waits += text in self._loads
            return await self._loads.join(key)
        if entry.record is None:
            self._counters.absent_hits += 1
            return None
        self._counters.local_hits += 1
        reads = self._reads.get(text)
        if reads is None:
            self._reads[text] = _Reads(key, 1)
        else:
            reads.count += 1
        if self._local.is_due(entry) and text not in self._loads:
            self._counters.renewals += 1
            self._loads.start(key)
        return entry.record

    async def visible(self, key: Key, sees: Callable[[Cached], bool]) -> Cached | None:
        """The record if `sees` allows it. One that it refuses costs the same reads as one that there is not.

        So a caller can't tell by time whether there is a record that it must not see, be it cached or not.
        """
        started = self.time()
        record = await self.read(key)
        if record is None or sees(record):
            return record
        await self.refuse(key, started)
        return None

    async def refuse(self, key: Key, since: float) -> None:
        """Does for a record that was refused what a read of an absent one does, unless it was loaded after `since`."""
        if self._local.was_loaded(text := key.text(), since):
            self._refused.keep(text, None)
        elif self._refused.get(text) is None:
            await self._refusals.join(key)

    def time(self) -> float:
        """The time in seconds, for `refuse`."""
        return self._local.clock()

    async def changed(self, key: Key, revision: int, record: Cached | None) -> None:
        """Stores the record that this process has written; None if it was deleted or must be loaded."""
        text = key.text()
        self._overtake(text, revision, record)
        if self._shared is not None:
            await self._shared.changed(text, revision, "" if record is None else to_text(record))

    def invalidate(self, text: str, revision: int) -> None:
        """Invalidates the first level's record of a key's text, because some process has changed it."""
        self._overtake(text, revision, None)

    async def warm(self) -> None:
        """Loads the most read keys, one after another so that the store stays free for callers."""
        if self._shared is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WARM_SECONDS):
                await self._shared.up()
                for key in unpack(await self._shared.get(MOST_READ) or "[]"):
                    with contextlib.suppress(MaasError):  # Unavailable: the next key may be in Redis
                        await self.read(key)

    def store_most_read(self) -> None:
        """Stores the keys that were read most since the last call, for processes that start later."""
        most = heapq.nlargest(MOST, self._reads.values(), key=attrgetter("count"))
        self._reads = {}
        if self._shared is not None and most:
            self._shared.keep(MOST_READ, 0, pack(reads.key for reads in most))

    async def close(self) -> None:
        await self._loads.finish()
        await self._refusals.finish()
        if self._shared is not None:
            await self._shared.close()

    def _overtake(self, text: str, revision: int, record: Cached | None) -> None:
        self._loads.overtake(text)
        self._local.put(text, revision, record)

    async def _fetch(self, key: Key) -> Cached | None:
        text = key.text()
        stored = None if self._shared is None else await self._shared.get(text)
        found = from_text(key, stored) if stored else None
        record = found or await self._load(key)
        self._counters.shared_hits += found is not None
        self._counters.loads += found is None
        if not self._loads.is_overtaken(text):
            self._local.keep(text, record, from_store=found is None)
            if self._shared is not None and found is None and record is not None:
                self._shared.keep(text, record.revision, to_text(record))
        return record

    async def _look_in_vain(self, key: Key) -> None:
        """Does what a read of an absent record does."""
        text = key.text()
        if self._shared is not None:
            await self._shared.get(text)
        await self._load(key)
        self._refused.keep(text, None)
