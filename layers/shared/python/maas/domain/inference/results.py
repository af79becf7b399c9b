"""Rules of cached results."""

from dataclasses import dataclass

# Seconds for which a result may be used again.
CACHED_FOR = 3600
# Bytes of a result's JSON. A longer one costs a cache more than it saves.
RESULT_MAX = 256 * 1024


@dataclass(frozen=True, slots=True)
class CacheControl:
    """The results that a caller allows: those that were computed at most `max_age` seconds ago, 0 for none.

    With `no_store` the call has nothing to do with kept results: it takes none, and its own is not kept.
    """

    max_age: int = CACHED_FOR
    no_store: bool = False


ANY_AGE, FRESH = CacheControl(), CacheControl(max_age=0)
