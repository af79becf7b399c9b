"""Deadlines of requests: moments of the monotonic clock, in seconds.

maas.platform.request_context carries the deadline of the request that is being served.
"""

import time

# Seconds kept back for building the response after the last call to another system has ended.
MARGIN = 0.5


def after(seconds: float) -> float:
    """The deadline of a request that must be answered within `seconds`; MARGIN is already deducted."""
    return time.monotonic() + seconds - MARGIN


def remaining(deadline: float | None, limit: float) -> float:
    """Seconds left for one call: at most `limit`, and 0 or less once the deadline has passed. None: no deadline."""
    return limit if deadline is None else min(limit, deadline - time.monotonic())
