"""The readiness report: what it says of each part, and what it costs."""

import asyncio
import time

import pytest

from maas.domain.errors import Unavailable
from maas.services.probes import REDIS, probes
from maas.services.readiness import TTL, Part, ReadinessService, Report, State

_UP = {"live": True, "": True, "cache": True}


class FakeHealth:
    """The health services of a registry; one that is missing here is unknown to it. None: it does not answer."""

    def __init__(self, services: dict[str, bool] | None) -> None:
        self._services = services

    async def health(self, service: str, seconds: float) -> bool | None:
        if self._services is None:
            raise Unavailable("no answer")
        return self._services.get(service)


class FakeStore:
    def __init__(self, error: Exception | None = None, seconds: float = 0) -> None:
        self.checks = 0
        self._error, self._seconds = error, seconds

    def check(self) -> None:
        self.checks += 1
        time.sleep(self._seconds)
        if self._error:
            raise self._error


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def report(
    services: dict[str, bool] | None = _UP, store: FakeStore | None = None, limit: float = 1.0
) -> tuple[bool, dict[str, State]]:
    found = probes(FakeHealth(services), {"bucket": store or FakeStore()})
    answer = await ReadinessService(found, frozenset({REDIS}), timeout=limit).report()
    return answer.ready, {part.name: part.state for part in answer.parts}


async def test_a_whole_system_is_ready() -> None:
    assert await report() == (
        True,
        {"registry": State.UP, "registry_table": State.UP, "redis": State.UP, "bucket": State.UP},
    )


@pytest.mark.parametrize(
    ("services", "ready", "states"),
    [
        (None, False, (State.DOWN, State.UNKNOWN, State.UNKNOWN)),
        (_UP | {"live": False}, False, (State.DOWN, State.UP, State.UP)),
        (_UP | {"": False}, False, (State.UP, State.DOWN, State.UP)),
        (_UP | {"cache": False}, True, (State.UP, State.UP, State.DOWN)),
        ({"live": True, "": True}, True, (State.UP, State.UP, State.OFF)),
    ],
)
async def test_the_registry_reports_for_its_table_and_its_redis(
    services: dict[str, bool] | None, ready: bool, states: tuple[State, ...]
) -> None:
    found, parts = await report(services)
    assert (found, (parts["registry"], parts["registry_table"], parts["redis"])) == (ready, states)


async def test_a_store_that_fails_is_down() -> None:
    ready, parts = await report(store=FakeStore(ConnectionError("http://10.0.0.7 refused")))
    assert (ready, parts["bucket"]) == (False, State.DOWN)


async def test_a_store_that_is_too_slow_is_down() -> None:
    ready, parts = await report(store=FakeStore(seconds=0.3), limit=0.05)
    assert (ready, parts["bucket"]) == (False, State.DOWN)


async def test_all_parts_are_probed_at_the_same_time() -> None:
    async def slow() -> State:
        await asyncio.sleep(0.2)
        return State.UP

    started = time.perf_counter()
    answer = await ReadinessService(dict.fromkeys("abcdefgh", slow)).report()
    assert time.perf_counter() - started < 0.8
    assert answer.ready
    assert all(200 <= part.milliseconds < 800 for part in answer.parts)


async def test_a_report_is_answered_again_until_it_is_old() -> None:
    store, clock = FakeStore(), Clock()
    service = ReadinessService(probes(FakeHealth(_UP), {"bucket": store}), clock=clock)
    first = await service.report()
    clock.now += TTL - 0.1
    assert await service.report() is first
    assert store.checks == 1
    clock.now += 0.2
    await service.report()
    assert store.checks == 2


def test_a_report_names_no_reason() -> None:
    assert {field for kind in (Report, Part) for field in kind.__dataclass_fields__} == {
        "ready",
        "parts",
        "name",
        "state",
        "milliseconds",
    }
