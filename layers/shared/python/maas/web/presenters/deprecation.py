"""The header on answers about a deprecated version (RFC 9745)."""

from datetime import datetime


def deprecation(since: datetime | None) -> dict[str, str]:
    """The header `Deprecation: @<Unix seconds>`; no header for None."""
    return {} if since is None else {"deprecation": f"@{int(since.timestamp())}"}
