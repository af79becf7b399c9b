"""Both levels as one cache: what is read goes up through them, what is changed goes down."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable

from functions.registry.cache.counters import Counters
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.serialization import Cached, from_text, to_text
from functions.registry.cache.shared import SharedCache
from functions.registry.cache.single_flight import Flights
from maas.domain.errors import MaasError

Load = Callable[[str], Awaitable[Cached | None]]

# The most read keys of one process, by which the next one warms itself; and for how many seconds it does that at most.
MOST_READ, MOST, WARM_SECONDS = "most-read", 500, 10.0


class Cache:
    """`load` reads the record of a key from the store of record; `shared` None: in process only."""

    def __init__(self, load: Load, local: LocalCache, shared: SharedCache | None, counters: Counters) -> None:
        self._load = load
        self._local = local
        self._shared = shared
        self._counters = counters
        self._flights = Flights(self._fetch)
        self._reads: Counter[str] = Counter()

    async def read(self, key: str) -> Cached | None:
        """Raises what `load` raises; an error is not kept."""
        held = self._local.get(key)
        if held is None:
            self._counters.waits += key in self._flights
            return await self._flights.join(key)
        if held.record is None:
            self._counters.absent_hits += 1
            return None
        self._counters.local_hits += 1
        self._reads[key] += 1
        if self._local.is_due(held) and key not in self._flights:
            self._counters.renewals += 1
            self._flights.start(key)
        return held.record

    async def changed(self, key: str, revision: int, record: Cached | None) -> None:
        """What was stored; None: it is gone, or must be looked up."""
        self.heard(key, revision, record)
        if self._shared is not None:
            await self._shared.changed(key, revision, "" if record is None else to_text(record))

    def heard(self, key: str, revision: int, record: Cached | None = None) -> None:
        """Some process changed it; what it stored is looked up if it is not known here."""
        self._flights.overtake(key)
        self._local.put(key, revision, record)

    async def warm(self) -> None:
        """Reads what was read most, one after another so that callers find the store idle."""
        if self._shared is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WARM_SECONDS):
                await self._shared.up()
                for key in (await self._shared.get(MOST_READ) or "").splitlines():
                    # Unavailable: the next one may be in Redis. What is no key of this release is passed over.
                    with contextlib.suppress(MaasError, ValueError):
                        await self.read(key)

    def tell_reads(self) -> None:
        """What was read most since it was last told, for the processes that start after this one."""
        most, self._reads = self._reads.most_common(MOST), Counter()
        if self._shared is not None and most:
            self._shared.keep(MOST_READ, 0, "\n".join(key for key, _ in most))

    async def close(self) -> None:
        await self._flights.finish()
        if self._shared is not None:
            await self._shared.close()

    async def _fetch(self, key: str) -> Cached | None:
        text = None if self._shared is None else await self._shared.get(key)
        found = from_text(key, text) if text else None
        record = found or await self._load(key)
        self._counters.shared_hits += found is not None
        self._counters.loads += found is None
        if not self._flights.is_overtaken(key):
            self._local.keep(key, record)
            if self._shared is not None and found is None and record is not None:
                self._shared.keep(key, record.revision, to_text(record))
        return record
