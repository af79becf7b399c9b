"""Caching of results in headers of HTTP and metadata of gRPC: what a request allows, and what an answer tells."""

import re
from collections.abc import Mapping
from functools import lru_cache

from maas.domain.inference.results import ANY_AGE, CACHED_FOR, CacheControl

HIT, MISS = "hit", "miss"
_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})")


@lru_cache(maxsize=64)
def cache_control(given: str | None) -> CacheControl:
    """Returns what the caller allows (RFC 9111, 5.2.1).

    Directives other than no-cache, no-store and max-age are ignored, and so are malformed ones.
    """
    if not given:
        return ANY_AGE
    directives = {part.strip().lower() for part in given.split(",")}
    ages = [int(found[1]) for found in map(_MAX_AGE.fullmatch, directives) if found]
    return CacheControl(0 if "no-cache" in directives else min([CACHED_FOR, *ages]), "no-store" in directives)


def cache_headers(age: int | None) -> Mapping[str, str]:
    """Tells whether a result was kept, and for how many seconds (RFC 9111, 5.1). `age` is None for others."""
    return {"x-cache": MISS} if age is None else {"x-cache": HIT, "age": str(age)}
