"""Until when an answer is of use: set where a request comes in, kept to by whatever is called for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Seconds kept back for making the answer, after the last call for it has ended.
MARGIN = 0.5
_ENDS: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """The request that is answered in here must be so within `seconds`."""
    token = _ENDS.set(time.monotonic() + seconds - MARGIN)
    try:
        yield
    finally:
        _ENDS.reset(token)


def left(longest: float) -> float:
    """Seconds that a call may take: at most `longest`, 0 or less when it is too late for any."""
    ends = _ENDS.get()
    return longest if ends is None else min(longest, ends - time.monotonic())
