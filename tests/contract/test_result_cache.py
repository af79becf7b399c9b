"""Every implementation of the ResultCache port: the fake and Redis."""

import pytest

from maas.adapters.redis_result_cache import RedisResultCache
from maas.services.ports.inference import ResultCache
from tests.fakes.inference import FakeResultCache


@pytest.fixture(params=["fake", "redis"])
def cache(request: pytest.FixtureRequest) -> ResultCache:
    if request.param == "fake":
        return FakeResultCache()
    return RedisResultCache(lambda: request.getfixturevalue("shared_redis").url, lambda: b"key")


def test_a_stored_result_is_read_back(cache: ResultCache) -> None:
    cache.put("tenant:a:b", b"\0\xff")

    assert cache.get("tenant:a:b") == b"\0\xff"


def test_an_unknown_key_is_a_miss(cache: ResultCache) -> None:
    assert cache.get("tenant:other:b") is None


def test_the_last_value_wins(cache: ResultCache) -> None:
    cache.put("tenant:c:d", b"1")
    cache.put("tenant:c:d", b"2")

    assert cache.get("tenant:c:d") == b"2"
