"""Counts of requests in a real Redis: shared, forgotten in time, and never in a request's way."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from maas.adapters.redis_calls import PAUSE
from maas.adapters.redis_request_counts import PREFIX, RedisRequestCounts
from maas.domain.identity.quotas import Quotas
from maas.services.request_limits import RequestLimits
from tests.support.http_gateway import person
from tests.support.redis_server import RedisServer, redis_server


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


def _counts(server: RedisServer, pause: float = PAUSE) -> RedisRequestCounts:
    return RedisRequestCounts(lambda: server.url, pause=pause)


def _limits(counts: RedisRequestCounts, requests: int) -> RequestLimits:
    return RequestLimits(Quotas(organization=requests, user=0, api_key=0), counts)


def test_sums_are_shared_and_expire(server: RedisServer) -> None:
    one, other = _counts(server), _counts(server)
    assert (one.add({"a": 3}), other.add({"a": 4, "b": 1}), one.add({"b": 1})) == ([3], [7, 1], [2])
    client = redis.Redis.from_url(server.url)
    assert 60 < client.ttl(f"{PREFIX}:a") <= 120
    assert client.dbsize() == 2


def test_a_redis_without_the_script_counts_all_the_same(server: RedisServer) -> None:
    counts = _counts(server)
    counts.add({"a": 1})
    redis.Redis.from_url(server.url).script_flush()
    assert counts.add({"a": 1, "b": 2}) == [2, 2]
    assert counts.add({"a": 1, "b": 2}) == [3, 4]


def test_processes_at_once_never_pass_the_quota(server: RedisServer) -> None:
    frozen = time.time()
    made = [
        RequestLimits(Quotas(organization=2000, user=0, api_key=0), _counts(server), lambda: frozen) for _ in range(6)
    ]
    with ThreadPoolExecutor(6) as pool:
        allowed = list(pool.map(lambda each: sum(each.take(person()).refused is None for _ in range(1000)), made))
    assert 2000 - 6 * 40 <= sum(allowed) <= 2000


def test_a_dead_redis_neither_delays_nor_refuses(server: RedisServer) -> None:
    limits = _limits(_counts(server), 10_000)
    assert limits.take(person()).refused is None
    server.kill()
    started = time.monotonic()
    assert all(limits.take(person()).refused is None for _ in range(1000))
    assert time.monotonic() - started < 0.5


def test_a_stalled_redis_delays_one_request_a_little(server: RedisServer, capsys: pytest.CaptureFixture[str]) -> None:
    limits = _limits(_counts(server), 10_000)
    limits.take(person())
    server.stall()
    waits = []
    for _ in range(1000):
        started = time.monotonic()
        assert limits.take(person()).refused is None
        waits.append(time.monotonic() - started)
    server.resume()
    assert 0.05 < max(waits) < 0.5
    assert sorted(waits)[-2] < 0.05
    out = capsys.readouterr().out
    assert out.count('"RequestCountErrors":[1.0]') == 1
    assert out.count('"RequestLimitsLocal":[1.0]') == 1


def test_redis_is_asked_again_after_the_pause(server: RedisServer) -> None:
    counts = _counts(server, pause=0.2)
    assert counts.add({"a": 1}) == [1]
    server.stall()
    assert counts.add({"a": 1}) is None
    server.resume()
    assert counts.add({"a": 1}) is None
    time.sleep(0.3)
    assert counts.add({"b": 5}) == [5]


def test_a_url_that_can_not_be_read_is_no_error() -> None:
    def unreadable() -> str:
        raise ValueError("no such secret")

    assert RedisRequestCounts(unreadable).add({"a": 1}) is None
