"""The header that tells callers of a deprecated version (RFC 9745)."""

from datetime import datetime


def deprecation(since: datetime | None) -> dict[str, str]:
    """`Deprecation: @<seconds since 1970>`, or no header."""
    return {} if since is None else {"deprecation": f"@{int(since.timestamp())}"}
