"""The first level: records in this process, for seconds."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TLRUCache

from functions.registry.cache.records import Cached

# Seconds. Absent is believed for a shorter time: nobody tells when a record that was not there comes into being
# while Redis is down.
TTL, ABSENT_TTL = 5.0, 1.0
MAX = 20_000
# Up to this part of a life is taken off at random, so that what is written together does not expire together.
SPREAD = 0.2
# Whoever reads in what is left of a life after this part of it has the record renewed.
EARLY = 0.8

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Entry:
    """`record` None: there is none; not `known`: something older than `revision` must not come back."""

    revision: int
    record: Cached | None
    known: bool
    renew_at: float
    expires: float


class LocalCache:
    """`clock` counts seconds."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._entries: TLRUCache[str, Entry] = TLRUCache(MAX, lambda _key, entry, _now: entry.expires, timer=clock)

    def get(self, key: str) -> Entry | None:
        entry = self._entries.get(key)
        return entry if entry is not None and entry.known else None

    def is_due(self, entry: Entry) -> bool:
        """Whether it should be renewed while it can still be read."""
        return entry.record is not None and self._clock() >= entry.renew_at

    def keep(self, key: str, record: Cached | None) -> None:
        """What a read found that no change has overtaken: nothing newer is known."""
        revision = record.revision if record else 0
        self._entries[key] = self._entry(revision, record, known=True)

    def put(self, key: str, revision: int, record: Cached | None) -> None:
        """What a change left (None: that must be looked up); refused where something newer is held."""
        held = self._entries.get(key)
        if held is None or held.revision < revision:
            self._entries[key] = self._entry(revision, record, known=record is not None)

    def _entry(self, revision: int, record: Cached | None, *, known: bool) -> Entry:
        longest = ABSENT_TTL if known and record is None else TTL
        now, life = self._clock(), longest * random.uniform(1 - SPREAD, 1)  # noqa: S311 - spreads expiry, no secret
        return Entry(revision, record, known, now + life * EARLY, now + life)
