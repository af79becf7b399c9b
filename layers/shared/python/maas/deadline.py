"""Until when an answer is of use: set where a request comes in, kept to by whatever is called for it."""

import time
from contextvars import ContextVar

# Seconds kept back for making the answer, after the last call for it has ended.
MARGIN = 0.5
_ENDS: ContextVar[float | None] = ContextVar("deadline", default=None)


def begin(seconds: float) -> None:
    """The request that is answered from here on must be so within `seconds`."""
    _ENDS.set(time.monotonic() + seconds - MARGIN)


def left(longest: float) -> float:
    """Seconds that a call may take: at most `longest`, 0 or less when it is too late for any."""
    ends = _ENDS.get()
    return longest if ends is None else min(longest, ends - time.monotonic())
