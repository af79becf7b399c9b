"""The first level of the cache: records in the memory of this process, for seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TLRUCache

from functions.registry.cache.jitter import spread
from functions.registry.cache.serialization import Cached

# Seconds. Absence has the shorter TTL: while Redis is down, no other process announces that the record was created.
TTL, ABSENT_TTL = 5.0, 1.0
MAX = 20_000
EARLY = 1.0  # seconds before an entry expires in which a read starts a refresh


@dataclass(frozen=True, slots=True)
class Entry:
    """A record, or the fact that there is none (`record` None, `revision` 0).

    `record` None with a `revision` is an invalidation: the record must be loaded, and a change with that revision or
    an older one is refused. `loaded` is when a load from the store ended in it, in seconds; 0 if none has.
    """

    revision: int
    record: Cached | None
    expires: float
    loaded: float = 0.0


class LocalCache:
    """`clock` returns seconds. Keys are the texts of typed keys."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._entries: TLRUCache[str, Entry] = TLRUCache(MAX, lambda _key, entry, _now: entry.expires, timer=clock)

    def get(self, key: str) -> Entry | None:
        """The entry of a record or of its absence; None if the record must be loaded."""
        try:
            entry = self._entries[key]  # `get` would look it up twice
        except KeyError:
            return None
        return None if entry.record is None and entry.revision else entry

    def is_due(self, entry: Entry) -> bool:
        """Returns whether the entry should be refreshed, although it is still valid."""
        return entry.record is not None and self.clock() >= entry.expires - EARLY

    def keep(self, key: str, record: Cached | None, *, from_store: bool = True) -> None:
        """Stores the result of a load, whatever is held. Only a load that no change has overtaken may be stored."""
        self._set(key, record.revision if record else 0, record, self.clock() if from_store else 0.0)

    def was_loaded(self, key: str, since: float) -> bool:
        """Returns whether the entry comes from a load from the store that ended after then."""
        entry = self._entries.get(key)
        return entry is not None and entry.loaded > since

    def put(self, key: str, revision: int, record: Cached | None) -> None:
        """Stores the result of a change unless the same or a newer revision is held; None is an invalidation."""
        held = self._entries.get(key)
        if held is None or held.revision < revision:
            self._set(key, revision, record)

    def _set(self, key: str, revision: int, record: Cached | None, loaded: float = 0.0) -> None:
        ttl = spread(TTL if revision else ABSENT_TTL)
        self._entries[key] = Entry(revision, record, self.clock() + ttl, loaded)
