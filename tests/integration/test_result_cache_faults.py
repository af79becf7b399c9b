"""The result cache while Redis is dead, stalled or slow to return."""

import time
from collections.abc import Iterator

import pytest

from maas.adapters.redis_calls import PAUSE
from maas.adapters.redis_result_cache import RedisResultCache
from maas.domain.inference.results import RESULT_MAX
from tests.support.redis_server import RedisServer, redis_server


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


def connected_cache(server: RedisServer, pause: float = PAUSE) -> RedisResultCache:
    cache = RedisResultCache(lambda: server.url, lambda: b"key", pause=pause)
    cache.put("k", b"kept")
    assert cache.get("k") == b"kept"
    return cache


@pytest.fixture
def cache(server: RedisServer) -> RedisResultCache:
    return connected_cache(server)


def test_a_dead_redis_is_a_miss_that_delays_no_later_call(server: RedisServer, cache: RedisResultCache) -> None:
    server.kill()
    assert cache.get("k") is None

    started = time.monotonic()
    for _ in range(100):
        cache.put("k", b"new")
        assert cache.get("k") is None
    assert time.monotonic() - started < 0.1


def test_a_stalled_redis_is_a_miss_and_mixes_up_no_answers(server: RedisServer) -> None:
    cache = connected_cache(server, pause=0.0)
    server.stall()
    started = time.monotonic()
    assert cache.get("k") is None
    assert time.monotonic() - started < 1
    server.resume()

    assert cache.get("other") is None
    assert cache.get("k") == b"kept"


def test_redis_is_used_again_after_the_pause(server: RedisServer) -> None:
    cache = connected_cache(server, pause=0.2)
    server.stall()
    assert cache.get("k") is None
    server.resume()
    assert cache.get("k") is None

    time.sleep(0.3)

    assert cache.get("k") == b"kept"


def test_failures_are_counted(server: RedisServer, cache: RedisResultCache, capsys: pytest.CaptureFixture[str]) -> None:
    server.kill()
    cache.get("k")

    assert '"ResultCacheErrors":[1.0]' in capsys.readouterr().out


def test_a_value_over_the_maximum_size_is_not_cached(cache: RedisResultCache) -> None:
    cache.put("long", b"x" * (RESULT_MAX + 1))

    assert cache.get("long") is None
