"""Every implementation of the StatisticsStore port."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from maas.adapters.redis_statistics import EXPIRY, PREFIX, RedisStatistics
from maas.domain.inference.statistics import Slot
from maas.services.call_statistics import KeptStatistics
from maas.services.ports.statistics import StatisticsStore
from tests.support.redis_server import RedisServer


@pytest.fixture
def url(shared_redis: RedisServer) -> str:
    return shared_redis.url


@pytest.fixture(params=["process", "redis"])
def store(request: pytest.FixtureRequest) -> KeptStatistics | RedisStatistics:
    if request.param == "process":
        return KeptStatistics()
    url: str = request.getfixturevalue("url")
    redis.Redis.from_url(url).flushall()
    return RedisStatistics(lambda: url)


def slot(minute: int, model_id: str = "iris", tenant_id: str = "acme") -> Slot:
    return Slot(tenant_id, model_id, minute)


def test_counts_add_up_over_minutes_and_writers(store: StatisticsStore) -> None:
    store.add({slot(1): {"1.0.0": {"calls": 2, "infer:40": 2}, "2.0.0-rc.1+a": {"calls": 1}}})
    store.add({slot(1): {"1.0.0": {"calls": 3}}, slot(2): {"1.0.0": {"calls": 4, "error:timeout": 1}}})
    assert store.read("acme", "iris", range(1, 3)) == {
        "1.0.0": {"calls": 9, "infer:40": 2, "error:timeout": 1},
        "2.0.0-rc.1+a": {"calls": 1},
    }
    assert store.read("acme", "iris", range(2, 3)) == {"1.0.0": {"calls": 4, "error:timeout": 1}}


def test_counts_of_one_name_are_added_once(store: KeptStatistics | RedisStatistics) -> None:
    for name, is_new in (("a", True), ("a", False), ("b", True), ("a", False)):
        assert store.add_once(name, {slot(1): {"1.0.0": {"calls": 2}}, slot(2): {"1.0.0": {"calls": 1}}}) is is_new
    assert store.read("acme", "iris", range(1, 3)) == {"1.0.0": {"calls": 6}}


def test_of_deliveries_at_the_same_moment_one_is_counted(url: str) -> None:
    stores = [RedisStatistics(lambda: url) for _ in range(8)]
    counts = {slot(7, "raced"): {"1.0.0": {"calls": 1}}}
    with ThreadPoolExecutor(8) as pool:
        for name in map(str, range(50)):
            found = [*pool.map(lambda each: each.add_once(name, counts), stores)]  # noqa: B023
            assert sorted(found, key=str) == [False] * 7 + [True]
    assert stores[0].read("acme", "raced", range(7, 8)) == {"1.0.0": {"calls": 50}}


def test_an_organization_s_calls_have_an_empty_version_too(store: StatisticsStore) -> None:
    store.add({slot(1, ""): {"": {"calls": 1}, "all": {"calls": 2}}})
    assert store.read("acme", "", range(1, 2)) == {"": {"calls": 1}, "all": {"calls": 2}}


def test_organizations_and_models_are_apart(store: StatisticsStore) -> None:
    store.add({slot(1): {"1.0.0": {"calls": 1}}})
    for tenant_id, model_id in (("other", "iris"), ("acme", "other"), ("acme", "")):
        assert store.read(tenant_id, model_id, range(1, 2)) == {}


def test_everything_in_redis_expires(url: str) -> None:
    RedisStatistics(lambda: url).add({slot(1): {"1.0.0": {"calls": 1}}, slot(2, ""): {"all": {"calls": 1}}})
    client = redis.Redis.from_url(url)
    names = [*client.scan_iter(f"{PREFIX}:*")]
    assert len(names) >= 2
    assert all(0 < client.ttl(name) <= EXPIRY for name in names)


def test_foreign_values_in_redis_are_left_out(url: str) -> None:
    client = redis.Redis.from_url(url)
    client.flushall()
    client.hset(
        f"{PREFIX}:acme:iris:1",
        mapping={"1.0.0 calls": 2, "1.0.0 <b>": 3, "1.0.0 hits": -5, "": 1, "2.0.0 infer:x": 1, "calls": 2**60},
    )
    assert RedisStatistics(lambda: url).read("acme", "iris", range(1, 2)) == {"1.0.0": {"calls": 2}}


@pytest.mark.parametrize("value", [b"\xff", b"text", b"1.5"])
def test_values_that_are_no_numbers_are_no_answer(url: str, value: bytes) -> None:
    client = redis.Redis.from_url(url)
    client.flushall()
    client.hset(f"{PREFIX}:acme:iris:1", "1.0.0 calls", value)
    assert RedisStatistics(lambda: url).read("acme", "iris", range(1, 2)) is None


def test_a_value_of_another_type_is_no_answer(url: str) -> None:
    client = redis.Redis.from_url(url)
    client.flushall()
    client.set(f"{PREFIX}:acme:iris:1", "text")
    assert RedisStatistics(lambda: url).read("acme", "iris", range(1, 2)) is None


def test_a_redis_that_is_gone_loses_counts_and_raises_nothing() -> None:
    gone = RedisStatistics(lambda: "redis://127.0.0.1:1", pause=60)
    gone.add({slot(1): {"1.0.0": {"calls": 1}}})
    assert gone.read("acme", "iris", range(1, 2)) is None
