"""Both levels as one cache: what is read goes up through them, what is changed goes down."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator

from functions.registry.cache.counters import Counters
from functions.registry.cache.flights import Flight, Flights
from functions.registry.cache.local import LocalCache
from functions.registry.cache.popular import Popular
from functions.registry.cache.records import Cached, from_text, to_text
from functions.registry.cache.shared import SharedCache
from maas.domain.errors import MaasError

Load = Callable[[str], Awaitable[Cached | None]]

# How many loads a start begins at a time, so that callers find the store idle; and how many seconds it goes on.
WARMERS, WARM_SECONDS = 2, 10.0


class Cache:
    """`load` reads the record of a key from the store of record; `shared` None: in process only."""

    def __init__(self, load: Load, local: LocalCache, shared: SharedCache | None, counters: Counters) -> None:
        self._load = load
        self._local = local
        self._shared = shared
        self._counters = counters
        self._flights: Flights[Cached | None] = Flights()
        self._popular = Popular()

    async def read(self, key: str) -> Cached | None:
        """Raises what `load` raises; an error is not kept."""
        held = self._local.get(key)
        if held is None:
            self._counters.waits += key in self._flights
            return await self._flights.join(key, self._fetch)
        if held.record is None:
            self._counters.absent_hits += 1
            return None
        self._counters.local_hits += 1
        self._popular.count(key)
        if self._local.is_due(held) and key not in self._flights:
            self._counters.renewals += 1
            self._flights.start(key, self._renew)
        return held.record

    async def changed(self, key: str, revision: int, record: Cached | None) -> None:
        """What was stored; None: it is gone, or must be looked up."""
        self._flights.overtake(key)
        self._local.put(key, revision, record)
        if self._shared is not None:
            await self._shared.changed(key, revision, "" if record is None else to_text(record))

    def heard(self, key: str, revision: int) -> None:
        """Some process changed it."""
        self._flights.overtake(key)
        self._local.put(key, revision, None)

    async def warm(self, limit: int) -> None:
        """Reads the `limit` keys that were read most, as far as it gets in a time that is short."""
        if self._shared is None:
            return
        try:
            async with asyncio.timeout(WARM_SECONDS):
                await self._shared.up()
                keys = iter(await self._shared.most_read(limit))
                await asyncio.gather(*(self._warm(keys) for _ in range(WARMERS)))
        except TimeoutError:
            return

    async def tell_reads(self) -> None:
        """For the processes that start after this one."""
        if self._shared is not None and (reads := self._popular.take()):
            await self._shared.add_reads(reads)

    async def close(self) -> None:
        await self.tell_reads()
        await self._flights.finish()
        if self._shared is not None:
            await self._shared.close()

    async def _warm(self, keys: Iterator[str]) -> None:
        for key in keys:
            # Unavailable: the next one may be in Redis. What is no key (garbage, or another release's) is passed over.
            with contextlib.suppress(MaasError, ValueError):
                await self.read(key)

    async def _fetch(self, key: str, flight: Flight) -> Cached | None:
        return await self._from_shared(key, flight) or await self._loaded(key, flight)

    async def _renew(self, key: str, flight: Flight) -> Cached | None:
        """As a fetch, but what soon ends in the second level is renewed there too."""
        if self._shared is not None and await self._shared.is_ending(key):
            return await self._loaded(key, flight)
        return await self._fetch(key, flight)

    async def _from_shared(self, key: str, flight: Flight) -> Cached | None:
        text = None if self._shared is None else await self._shared.get(key)
        record = from_text(key, text) if text else None
        if record is not None:
            self._counters.shared_hits += 1
            if not flight.overtaken:
                self._local.keep(key, record)
        return record

    async def _loaded(self, key: str, flight: Flight) -> Cached | None:
        self._counters.loads += 1
        record = await self._load(key)
        if not flight.overtaken:
            self._local.keep(key, record)
            if self._shared is not None and record is not None:
                self._shared.keep(key, record.revision, to_text(record))
        return record
