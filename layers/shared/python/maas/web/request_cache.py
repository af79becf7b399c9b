"""The request header Cache-Control (RFC 9111, section 5.2.1)."""

_FRESH = frozenset({"no-cache", "no-store", "max-age=0"})


def wants_fresh(cache_control: str | None) -> bool:
    """Returns whether the caller takes no stored answer. Other directives, and malformed ones, are ignored."""
    return not _FRESH.isdisjoint(part.strip().lower() for part in (cache_control or "").split(","))
