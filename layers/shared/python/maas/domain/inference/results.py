"""Rules of cached results."""

# Seconds for which a result may be used again.
CACHED_FOR = 3600
# Bytes of a result's JSON. A longer one costs a cache more than it saves.
RESULT_MAX = 256 * 1024
