"""Request ids that a caller may choose: short, and safe to repeat in logs and headers."""

import re

_SANE = re.compile(r"[A-Za-z0-9._=-]{1,64}")


def is_sane(request_id: str) -> bool:
    """Returns whether a caller's `x-request-id` is used; if not, the callee chooses an id."""
    return _SANE.fullmatch(request_id) is not None
