"""The first level: records in this process, for seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TLRUCache

from functions.registry.cache.jitter import spread
from functions.registry.cache.serialization import Cached

# Seconds. Absent is believed for a shorter time: nobody tells when a record that was not there comes into being
# while Redis is down.
TTL, ABSENT_TTL = 5.0, 1.0
MAX = 20_000
EARLY = 1.0  # seconds before its end in which whoever reads a record has it renewed


@dataclass(frozen=True, slots=True)
class Entry:
    """Without `record`: there is none; but with a `revision`, it must be looked up, and nothing older may come back."""

    revision: int
    record: Cached | None
    expires: float


class LocalCache:
    """`clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: TLRUCache[str, Entry] = TLRUCache(MAX, lambda _key, entry, _now: entry.expires, timer=clock)

    def get(self, key: str) -> Entry | None:
        entry = self._entries.get(key)
        return None if entry is None or (entry.record is None and entry.revision) else entry

    def is_due(self, entry: Entry) -> bool:
        """Whether it should be renewed while it can still be read."""
        return entry.record is not None and self._clock() >= entry.expires - EARLY

    def keep(self, key: str, record: Cached | None) -> None:
        """What a read found that no change has overtaken: nothing newer is known."""
        self._set(key, record.revision if record else 0, record)

    def put(self, key: str, revision: int, record: Cached | None) -> None:
        """What a change left (None: that must be looked up); refused where something newer is held."""
        held = self._entries.get(key)
        if held is None or held.revision < revision:
            self._set(key, revision, record)

    def _set(self, key: str, revision: int, record: Cached | None) -> None:
        life = spread(TTL if revision else ABSENT_TTL)
        self._entries[key] = Entry(revision, record, self._clock() + life)
