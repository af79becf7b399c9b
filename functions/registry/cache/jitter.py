"""Jitter of the cache's TTLs."""

import random

# A TTL is shortened by up to this fraction, so that entries written together do not expire together.
SPREAD = 0.2


def spread(ttl: float) -> float:
    """The TTL, shortened by up to 20 % at random; in seconds, as `ttl` is."""
    return ttl * random.uniform(1 - SPREAD, 1)  # noqa: S311 - no secret
