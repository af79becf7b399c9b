"""The price of the request limits for one prediction: python -m tests.benchmarks.request_limits

A process takes requests of one API key at several rates, out of counts in a real Redis. The clock of the limits moves
as the rate says, and each request is timed by the machine's clock.
"""

import statistics
import time
from collections.abc import Mapping, Sequence

from maas.adapters.redis_request_counts import RedisRequestCounts
from maas.domain.identity.principals import Principal, Role
from maas.domain.identity.quotas import Quotas
from maas.services.ports.request_counts import RequestCounts
from maas.services.request_limits import RequestLimits
from tests.support.redis_server import redis_server

RATES = (1, 10, 100, 800)
SECONDS = 300
REQUESTS_MAX = 60_000
CALLER = Principal("ada", "acme", frozenset({Role.VIEWER}), frozenset(), "key/k1")


class Pace:
    """A clock that moves by the time between two requests."""

    def __init__(self, rate: int) -> None:
        self._now, self._step = 60_000_000.0, 1 / rate

    def __call__(self) -> float:
        self._now += self._step
        return self._now


class Counted:
    """Counts the calls of a store."""

    def __init__(self, counts: RequestCounts) -> None:
        self._counts, self.calls = counts, 0

    def add(self, amounts: Mapping[str, int]) -> Sequence[int] | None:
        self.calls += 1
        return self._counts.add(amounts)


def measure(counts: RequestCounts, rate: int) -> list[float]:
    """Microseconds of each request."""
    quotas = Quotas(organization=60_000, user=60_000, api_key=60_000)
    limits, taken = RequestLimits(quotas, counts, Pace(rate)), list[float]()
    for _ in range(min(rate * SECONDS, REQUESTS_MAX)):
        started = time.perf_counter_ns()
        verdict = limits.take(CALLER)
        taken.append((time.perf_counter_ns() - started) / 1000)
        assert verdict.refused is None
    return taken


def main() -> None:
    print(f"{'per second':>10} {'mean us':>8} {'p50':>6} {'p99':>7} {'max':>8} {'calls a request':>16}")
    with redis_server() as server:
        for rate in RATES:
            counts = Counted(RedisRequestCounts(lambda: server.url))
            taken = sorted(measure(counts, rate))
            mean, p99 = statistics.fmean(taken), taken[len(taken) * 99 // 100]
            middle, calls = taken[len(taken) // 2], counts.calls / len(taken)
            print(f"{rate:10} {mean:8.1f} {middle:6.1f} {p99:7.1f} {taken[-1]:8.1f} {calls:16.3f}")


if __name__ == "__main__":
    main()
