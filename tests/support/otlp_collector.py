"""A collector of traces that takes OTLP over HTTP in JSON, as OpenTelemetry's own does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """A span with the service that sent it."""

    service: str
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    start: int
    end: int
    attributes: dict[str, Any]
    failed: bool


@dataclass
class Collector:
    """`status` is what it answers."""

    url: str = ""
    status: int = 200
    bodies: list[Any] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        return [span for body in [*self.bodies] for span in _spans(body)]

    def named(self, trace_id: str) -> dict[str, Span]:
        """The spans of a trace by "service: name"."""
        return {f"{span.service}: {span.name}": span for span in self.spans if span.trace_id == trace_id}


@contextmanager
def otlp_collector() -> Iterator[Collector]:
    """Runs on a free port of loopback."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert (self.path, self.headers["content-type"]) == ("/v1/traces", "application/json")
            collector.bodies.append(json.loads(body))
            self.send_response(collector.status)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Prints nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            collector.url = f"http://127.0.0.1:{server.server_port}"
            yield collector
        finally:
            server.shutdown()
            thread.join()


def _spans(body: Any) -> Iterator[Span]:
    for resource in body["resourceSpans"]:
        service = _values(resource["resource"]["attributes"])["service.name"]
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                yield Span(
                    service,
                    span["name"],
                    span["kind"],
                    span["traceId"],
                    span["spanId"],
                    span.get("parentSpanId", ""),
                    int(span["startTimeUnixNano"]),
                    int(span["endTimeUnixNano"]),
                    _values(span["attributes"]),
                    span.get("status", {}).get("code") == 2,
                )


def _values(attributes: Any) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in attributes}
