"""Which trace a process is working for: W3C Trace Context's `traceparent`, taken over, made, and passed on.

Nothing is exported: the two ids are in every log line, and so lead from a line of one process to those of another.
"""

import random
import re
from contextvars import ContextVar
from dataclasses import dataclass

HEADER = "traceparent"
# Version, trace id, parent id, flags; a later version may add fields (Trace Context, 3.2 and 4).
_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?")
_VERSION, _SAMPLED = "00", 1


@dataclass(frozen=True, slots=True)
class Trace:
    """`span_id` is this process's own part of the trace `trace_id`."""

    trace_id: str
    span_id: str
    sampled: bool = False

    @property
    def parent(self) -> str:
        """The header for whomever this process calls."""
        return f"{_VERSION}-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"

    def keys(self) -> dict[str, str]:
        """As log lines have it."""
        return {"trace_id": self.trace_id, "span_id": self.span_id}


# That of the request which is being answered.
CURRENT: ContextVar[Trace | None] = ContextVar("trace", default=None)


def continued(parent: str) -> Trace:
    """A new span of the trace that a caller's header names; of a new trace where it is missing or malformed."""
    span_id = _random(64)
    found = _FORM.fullmatch(parent)
    if found is None or (parent.startswith(_VERSION) and found.end(2) != len(parent)):
        return Trace(_random(128), span_id)
    return Trace(found[1], span_id, bool(int(found[2], 16) & _SAMPLED))


def _random(bits: int) -> str:
    return f"{random.getrandbits(bits):0{bits // 4}x}"
