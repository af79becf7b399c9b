"""The header or metadata Cache-Control of a request (RFC 9111, section 5.2.1)."""

import re
from functools import lru_cache

from maas.domain.inference.results import ANY_AGE, CACHED_FOR, CacheControl

_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})")


@lru_cache(maxsize=64)
def cache_control(given: str | None) -> CacheControl:
    """What the caller allows. Directives other than no-cache, no-store and max-age are ignored, malformed ones too."""
    if not given:
        return ANY_AGE
    directives = {part.strip().lower() for part in given.split(",")}
    ages = [int(found[1]) for found in map(_MAX_AGE.fullmatch, directives) if found]
    return CacheControl(0 if "no-cache" in directives else min([CACHED_FOR, *ages]), "no-store" in directives)
