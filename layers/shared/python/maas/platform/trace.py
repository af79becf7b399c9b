"""Distributed tracing by W3C Trace Context's `traceparent` header: parsed, created and passed on.

Both ids are in every log line, so that one can follow a request from process to process. spans.py exports spans.
https://www.w3.org/TR/trace-context/
"""

import random
import re
from dataclasses import dataclass

HEADER = "traceparent"
# Version, trace id, parent id, flags; a later version may add fields (Trace Context, 3.2 and 4).
_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_VERSION, _SAMPLED = "00", 1


@dataclass(frozen=True, slots=True)
class Trace:
    """`span_id` is this process's own span in the trace `trace_id`, and `parent_id` the caller's, if there is one."""

    trace_id: str
    span_id: str
    sampled: bool = False
    parent_id: str = ""

    @property
    def parent(self) -> str:
        """The header to send with calls to other processes."""
        return f"{_VERSION}-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"

    def log_fields(self) -> dict[str, str]:
        """The two ids, named as they are in log lines."""
        return {"trace_id": self.trace_id, "span_id": self.span_id}


def continued(parent: str, ratio: float = 0.0) -> Trace:
    """Starts a span in the trace that the header `parent` names, or in a new trace if it is missing or malformed.

    `ratio` is the part of new traces that is sampled.
    """
    span_id = new_id(64)
    found = _FORM.fullmatch(parent)
    if found is None or (parent.startswith(_VERSION) and found.end(3) != len(parent)):
        return Trace(new_id(128), span_id, ratio > 0 and random.random() < ratio)  # noqa: S311 - a sample, no secret
    return Trace(found[1], span_id, bool(int(found[3], 16) & _SAMPLED), found[2])


def new_id(bits: int) -> str:
    """A random id in hexadecimal."""
    return f"{random.getrandbits(bits):0{bits // 4}x}"
