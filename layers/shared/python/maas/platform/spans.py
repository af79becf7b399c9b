"""Exports spans of sampled traces by OTLP over HTTP, if MAAS_TRACE_ENDPOINT is set. Otherwise it does nothing.

It is written here because redis-py imports OpenTelemetry's SDK wherever that is installed, which would cost each cold
start also where nothing is exported (docs/decisions/0073-traces.md).
https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import json
import os
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from maas.platform.trace import Trace, continued, new_id

# Spans that wait to be sent; the oldest ones are dropped beyond it.
WAITING_MAX = 2048
BATCH_MAX = 512
_PAUSE, _TIMEOUT = 1.0, 2.0
_FAILED = 2  # STATUS_CODE_ERROR

Value = str | int | bool


class Kind(IntEnum):
    INTERNAL = 1
    SERVER = 2
    CLIENT = 3


class SpanExporter:
    """Sends spans from a thread, a second after the first one that waits. Spans that can't be sent are dropped."""

    def __init__(self, endpoint: str, ratio: float, service: str) -> None:
        self._url = f"{endpoint.rstrip('/')}/v1/traces"
        self.ratio = ratio
        self._service = service
        self._waiting: deque[dict[str, Any]] = deque(maxlen=WAITING_MAX)
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, span: dict[str, Any]) -> None:
        self._waiting.append(span)
        self._wanted.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            time.sleep(_PAUSE)
            self._wanted.clear()
            while batch := self._taken():
                self._send(batch)

    def _taken(self) -> list[dict[str, Any]]:
        return [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]

    def _send(self, spans: Sequence[dict[str, Any]]) -> None:
        from urllib.request import ProxyHandler, Request, build_opener  # slow to import, and rarely needed

        resource = {"attributes": _attributes({"service.name": self._service})}
        scope = {"scope": {"name": "maas"}, "spans": spans}
        body = json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}).encode()
        request = Request(self._url, body, {"content-type": "application/json"}, method="POST")  # noqa: S310 - from settings
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=_TIMEOUT) as answer:
                answer.read(1024)
        except OSError:  # the collector is gone or refuses: calls matter more than their traces
            return


def from_environment(environ: Mapping[str, str]) -> SpanExporter | None:
    """The exporter of this process; None if there is no endpoint, or it is not one of HTTP."""
    endpoint = environ.get("MAAS_TRACE_ENDPOINT", "")
    if not endpoint.startswith(("http://", "https://")):
        return None
    try:
        ratio = float(environ.get("MAAS_TRACE_RATIO", "1"))
    except ValueError:
        ratio = 1.0
    return SpanExporter(endpoint, ratio, environ.get("POWERTOOLS_SERVICE_NAME", "gateway"))


_EXPORTER = from_environment(os.environ)


def started(parent: str) -> Trace:
    """Continues the trace of the header `parent`, or begins one, which is sampled as the setting says."""
    return continued(parent, _EXPORTER.ratio if _EXPORTER else 0.0)


def ended(trace: Trace, name: str, kind: Kind, seconds: float, **attributes: Value) -> None:
    """Exports the span of this process in a trace, which ends now. The attribute `error` tells that it failed."""
    if _EXPORTER and trace.sampled:
        _EXPORTER.add(_span(trace.trace_id, trace.span_id, trace.parent_id, name, kind, seconds, attributes))


def child_ended(trace: Trace | None, name: str, kind: Kind, seconds: float, **attributes: Value) -> None:
    """Exports a part of this process's span, which ends now."""
    if _EXPORTER and trace and trace.sampled:
        _EXPORTER.add(_span(trace.trace_id, new_id(64), trace.span_id, name, kind, seconds, attributes))


def is_on() -> bool:
    return _EXPORTER is not None


def _span(
    trace_id: str, span_id: str, parent: str, name: str, kind: Kind, seconds: float, attributes: Mapping[str, Value]
) -> dict[str, Any]:
    end = time.time_ns()
    found: dict[str, Any] = {
        "traceId": trace_id,
        "spanId": span_id,
        "name": name,
        "kind": int(kind),
        "startTimeUnixNano": str(end - int(seconds * 1e9)),
        "endTimeUnixNano": str(end),
        "attributes": _attributes({key: each for key, each in attributes.items() if key != "error"}),
    }
    if parent:
        found["parentSpanId"] = parent
    if attributes.get("error"):
        found["status"] = {"code": _FAILED}
    return found


def _attributes(values: Mapping[str, Value]) -> list[dict[str, Any]]:
    return [{"key": key.replace("__", "."), "value": _value(value)} for key, value in values.items()]


def _value(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
