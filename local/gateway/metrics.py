"""Prometheus metrics of the stack, by the headers of answers, which come from all processes of its functions."""

import ipaddress
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from local.functions.pool import Pool
from local.gateway.payload import Request, Response
from local.gateway.reading import Received

PATH = "/metrics"
# Versions that have series of their own; calls of others are counted under one name.
VERSIONS_MAX = 200
OTHER = ("other", "other")
# Rollouts that have series of their own, likewise.
ROLLOUTS_MAX = 200
BUCKETS = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "via")
_ROLLOUT = ("model", "rollout", "side")
disable_created_metrics()  # type: ignore[no-untyped-call] # one more series for each series: its creation time


class Metrics:
    """Counts requests and predictions since the start of the stack."""

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        self._registry = CollectorRegistry()
        version = ["model", "version"]
        # To find a series by its labels costs more than to increment it.
        self._requests = self._counters("maas_http_requests", "Requests answered", ["route", "status"])
        self._seconds = self._histograms("maas_http_request_seconds", "Duration of a request", ["route"])
        self._calls = self._counters("maas_predictions", "Predictions by error code, or ok", [*version, "code"])
        self._phases = self._histograms("maas_prediction_seconds", "Parts of their time", [*version, "phase"])
        self._results = self._counters("maas_prediction_results", "Results, kept or computed", [*version, "cache"])
        self._cold = self._counters("maas_prediction_cold_starts", "Cold starts", version)
        self._sides = self._counters(
            "maas_rollout_predictions", "Predictions by side of a rollout", [*_ROLLOUT, "code"]
        )
        self._versions: set[tuple[str, str]] = set()
        self._rollouts: set[tuple[str, str]] = set()
        self._registry.register(_Pools(pools))

    def count(self, route: str | None, response: Response, seconds: float) -> None:
        """Counts an answered request. `route` is that of the template; None if there was none."""
        self._requests(route or "none", str(response.status)).inc()
        self._seconds(route or "none").observe(seconds)
        headers = dict(response.headers)
        if "server-timing" in headers:
            self.count_prediction(headers, _code(response))

    def page(self) -> Response:
        """The metrics in Prometheus' text format."""
        return Response(200, [("content-type", CONTENT_TYPE_PLAIN_0_0_4)], generate_latest(self._registry))

    def count_prediction(self, headers: Mapping[str, str], code: str) -> None:
        """Counts a prediction by the headers that tell of it, and the code of its error, or "ok"."""
        version = self._labels(headers.get("x-model-version", ""))
        self._calls(*version, code).inc()
        if of_rollout := headers.get("x-rollout"):
            self._count_side(version[0], of_rollout, code)
        for phase, seconds in parts(headers["server-timing"]):
            if seconds > 0:
                self._phases(*version, phase).observe(seconds)
        if found := headers.get("x-cache"):
            self._results(*version, found).inc()
        if headers.get("x-cold-start") == "true":
            self._cold(*version).inc()

    def _count_side(self, model: str, header: str, code: str) -> None:
        rollout, _, side = header.partition("; side=")
        self._sides(*_bounded(self._rollouts, (model, rollout), ROLLOUTS_MAX), side, code).inc()

    def _labels(self, named: str) -> tuple[str, str]:
        """The labels of a version, empty ones for a call whose version was not found."""
        model, _, number = named.partition("/")
        return _bounded(self._versions, (model, number), VERSIONS_MAX)

    def _counters(self, name: str, text: str, labels: list[str]) -> Callable[..., Counter]:
        return cache(Counter(name, text, labels, registry=self._registry).labels)

    def _histograms(self, name: str, text: str, labels: list[str]) -> Callable[..., Histogram]:
        return cache(Histogram(name, text, labels, registry=self._registry, buckets=BUCKETS).labels)


class _Pools(Collector):
    """Queues and processes of the functions, as they are when they are asked for."""

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        self._pools = pools

    def collect(self) -> Iterable[Any]:
        waiting = GaugeMetricFamily("maas_function_queue_length", "Events that wait for a process", labels=["function"])
        processes = GaugeMetricFamily("maas_function_processes", "Processes of a function", labels=["function"])
        for name, pool in self._pools.items():
            waiting.add_metric([name], pool.waiting)
            processes.add_metric([name], pool.processes)
        return waiting, processes


def is_asked(request: Request, received: Received) -> bool:
    """Returns whether a program of this machine asks for the metrics.

    They name models of all organizations. So a request that came through a proxy, or by a name that a web page could
    have given to this machine, is one like any other.
    """
    if (request.method, request.path) != ("GET", PATH) or any(name in _FORWARDED for name, _ in received.headers):
        return False
    try:
        is_near = ipaddress.ip_address(received.peer.client).is_loopback
    except ValueError:
        return False
    return is_near and request.headers["host"].partition(":")[0] in _LOCAL_HOSTS


def parts(header: str) -> Iterator[tuple[str, float]]:
    """The parts of a Server-Timing header in seconds."""
    for part in header.split(", "):
        name, _, milliseconds = part.partition(";dur=")
        yield name, float(milliseconds) / 1000


def _bounded(known: set[tuple[str, str]], found: tuple[str, str], most: int) -> tuple[str, str]:
    """The labels themselves while there are few of them, else OTHER."""
    if found not in known and len(known) >= most:
        return OTHER
    known.add(found)
    return found


def _code(response: Response) -> str:
    """The code of an error, which is application/problem+json, or application/json under /v2."""
    if response.status < HTTPStatus.BAD_REQUEST:
        return "ok"
    try:
        return str(json.loads(response.body)["code"])
    except (ValueError, LookupError, TypeError):
        return "unknown"
