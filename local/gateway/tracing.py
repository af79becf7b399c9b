"""The gateway's span of a request, if traces are exported. The code is that of the functions, which is loaded then."""

import os
import sys
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from local.paths import ROOT

_HEADER = "traceparent"


@dataclass(frozen=True, slots=True)
class RequestTrace:
    """The span of one request, whose part that of the function is."""

    _trace: Any
    _started: float

    def ended(self, method: str, route: str | None, status: int) -> None:
        """Exports the span."""
        from maas.platform import spans

        found: dict[str, Any] = {"http__request__method": method, "http__response__status_code": status}
        seconds = time.perf_counter() - self._started
        spans.ended(self._trace, route or method, spans.Kind.SERVER, seconds, **found, error=status >= 500)


def started(headers: MutableMapping[str, str]) -> RequestTrace | None:
    """Begins a span and names it in the request's headers as the parent of the next; None if nothing is exported."""
    if not os.environ.get("MAAS_TRACE_ENDPOINT"):
        return None
    product = str(ROOT / "layers/shared/python")
    if product not in sys.path:
        sys.path.append(product)
    from maas.platform import spans

    trace = spans.started(headers.get(_HEADER, ""))
    headers[_HEADER] = trace.parent
    return RequestTrace(trace, time.perf_counter())
