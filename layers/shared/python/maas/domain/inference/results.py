"""Rules of cached results."""

# Seconds for which a result may be used again.
CACHED_FOR = 3600
