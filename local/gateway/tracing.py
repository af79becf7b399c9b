"""The gateway's part of a request's trace: its ids are in the request log, and its span is exported if traces are."""

import time
from dataclasses import dataclass
from typing import Any

import local.product  # noqa: F401 - the path to `maas`
from maas.platform import spans
from maas.platform.trace import Trace

HEADER = "traceparent"


@dataclass(frozen=True, slots=True)
class RequestTrace:
    """The span of one request, whose part that of the function is."""

    _trace: Trace
    _started: float

    @property
    def parent(self) -> str:
        """The header that names this span as the parent of the function's."""
        return self._trace.parent

    def log_fields(self) -> dict[str, str]:
        return self._trace.log_fields()

    def ended(self, method: str, route: str | None, status: int) -> None:
        """Exports the span, if there is a collector and the trace is sampled."""
        found: dict[str, Any] = {"http__request__method": method, "http__response__status_code": status}
        seconds = time.perf_counter() - self._started
        spans.ended(self._trace, route or method, spans.Kind.SERVER, seconds, **found, error=status >= 500)


def started(parent: str) -> RequestTrace:
    """Begins a span in the trace that the client's header names, or in a new trace."""
    return RequestTrace(spans.started(parent), time.perf_counter())
