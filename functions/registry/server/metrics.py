"""Prometheus metrics of the registry, served on a port of their own: calls, durations, load and cache."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from maas.grpc_server.load_shedding import LoadShedder
from maas.platform.environment import SettingsError

# Seconds. A cached read takes less than 0.001; clients set deadlines of 5.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
disable_created_metrics()  # type: ignore[no-untyped-call] # one more series for each series: its creation time

# The values of the cache that are gauges; all others are counters.
_GAUGES = {"breaker_open"}

# Returns the cache's counters by name.
CacheCounters = Callable[[], Mapping[str, int]]


class Metrics:
    """Prometheus metrics of one server."""

    def __init__(self, shedder: LoadShedder, cache_counters: CacheCounters) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "maas_registry_calls", "Calls answered, including rejected ones", ["method", "code"], registry=self.registry
        )
        self._seconds = Histogram(
            "maas_registry_call_seconds", "Duration of a call", ["method"], registry=self.registry, buckets=BUCKETS
        )
        self.registry.register(_ScrapedCounters(shedder, cache_counters))
        # To find a series by its labels costs more than to increment it.
        self._calls_of = cache(self._calls.labels)
        self._seconds_of = cache(self._seconds.labels)

    def count(self, method: str, code: str, seconds: float) -> None:
        """Records one finished call; `code` is the name of its gRPC status code."""
        self._calls_of(method, code).inc()
        self._seconds_of(method).observe(seconds)

    def serve(self, listen: str) -> None:
        """Serves the metrics at host:port from a thread, until the process ends.

        Raises:
            SettingsError: it can't listen there.
        """
        host, _, port = listen.rpartition(":")
        try:
            start_http_server(int(port), host.strip("[]"), registry=self.registry)
        except OSError as error:
            raise SettingsError(f"MAAS_REGISTRY_METRICS_LISTEN: {listen} can't be listened on") from error


class _ScrapedCounters(Collector):
    """Exports counters that are kept elsewhere; their values are read at scrape time."""

    def __init__(self, shedder: LoadShedder, cache_counters: CacheCounters) -> None:
        self._shedder = shedder
        self._cache_counters = cache_counters

    def collect(self) -> Iterable[Any]:
        yield GaugeMetricFamily("maas_registry_calls_under_way", "Calls that run now", self._shedder.in_flight)
        yield CounterMetricFamily("maas_registry_calls_shed", "Calls rejected for overload", self._shedder.rejected)
        for name, value in self._cache_counters().items():
            family = GaugeMetricFamily if name in _GAUGES else CounterMetricFamily
            yield family(f"maas_registry_cache_{name}", f"Cache: {name.replace('_', ' ')}", value)
