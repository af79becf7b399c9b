"""What Prometheus reads, on a port of its own: calls, their times, what is under way, shed and cached."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from functions.registry.cache.counters import Counters
from functions.registry.server.load_shedding import Shed
from maas.platform.settings import SettingsError

# Seconds: a cached read takes less than one thousandth, a call's deadline is five.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
disable_created_metrics()  # type: ignore[no-untyped-call] # of every number another one: when it began

# Of the cache's numbers the one that goes up and down.
_GAUGES = {"breaker_open"}


class Metrics:
    """Those of one server."""

    def __init__(self, shed: Shed, counters: Counters) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "maas_registry_calls", "Calls answered, refused ones included", ["method", "code"], registry=self.registry
        )
        self._seconds = Histogram(
            "maas_registry_call_seconds", "Time of a call", ["method"], registry=self.registry, buckets=BUCKETS
        )
        self.registry.register(_Numbers(shed, counters))
        self._call = cache(self._calls.labels)  # to look a child up by its labels costs more than to count
        self._time = cache(self._seconds.labels)

    def count(self, method: str, code: str, seconds: float) -> None:
        """One more call."""
        self._call(method, code).inc()
        self._time(method).observe(seconds)

    def serve(self, listen: str) -> None:
        """Until the process ends, in a thread of its own. Raises SettingsError: it can't listen there."""
        host, _, port = listen.rpartition(":")
        try:
            start_http_server(int(port), host.strip("[]"), registry=self.registry)
        except OSError as error:
            raise SettingsError(f"MAAS_REGISTRY_METRICS_LISTEN: {listen} can't be listened on") from error


class _Numbers(Collector):
    """What others count already, read when it is asked for."""

    def __init__(self, shed: Shed, counters: Counters) -> None:
        self._shed = shed
        self._counters = counters

    def collect(self) -> Iterable[Any]:
        yield GaugeMetricFamily("maas_registry_calls_under_way", "Calls under way", self._shed.under_way)
        yield CounterMetricFamily("maas_registry_calls_shed", "Calls refused for overload", self._shed.shed)
        for name, value in self._counters.snapshot().items():
            family = GaugeMetricFamily if name in _GAUGES else CounterMetricFamily
            yield family(f"maas_registry_cache_{name}", f"Of the cache: {name.replace('_', ' ')}", value)
