"""TTLs of absent records, of many records written together, and of records that are read constantly."""

import asyncio
import time
from collections import Counter

import pytest

from functions.registry.cache import memory, shared
from functions.registry.cache.jitter import SPREAD
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.repository import DELETED
from maas.domain.errors import Unavailable
from tests.fakes.cache_store import FakeRecordStore, Memory
from tests.support.caches import KEY, Clock, CountedStore, Process, a_model, process, soon


async def test_1000_reads_of_an_absent_id_are_one_load_per_ttl() -> None:
    store, clock = CountedStore(), Clock()
    async with process(store, clock) as one:
        for ttls in range(1, 4):
            for _ in range(1000):
                assert await one.cache.read(KEY) is None
            assert store.loads == ttls
            clock.now += memory.ABSENT_TTL
        assert one.counters.absent_hits == 3 * 999


async def test_a_creation_is_visible_at_once_here_and_soon_elsewhere() -> None:
    store, clock = CountedStore(), Clock()
    memory = Memory(clock)
    first, second = FakeRecordStore(memory), FakeRecordStore(memory)
    async with process(store, clock, first) as one, process(store, clock, second) as two:
        await soon(lambda: len(memory.listeners) == 2)
        assert [await cache.read(KEY) for cache in (one.cache, two.cache)] == [None, None]
        await one.write(a_model())
        assert await one.cache.read(KEY) == a_model()
        await asyncio.sleep(0.01)  # the clock stands still, so only the announcement can invalidate the absence
        assert await two.cache.read(KEY) == a_model()


async def test_a_record_created_again_is_visible_at_once() -> None:
    store, clock = CountedStore(a_model(revision=7)), Clock()
    async with process(store, clock, FakeRecordStore(Memory(clock))) as one:
        assert await one.cache.read(KEY) == a_model(revision=7)
        del store.records[KEY]
        await one.cache.changed(KEY, DELETED, None)
        assert await one.cache.read(KEY) is None
        await one.write(a_model())
        assert await one.cache.read(KEY) == a_model()


async def test_a_record_created_again_is_announced() -> None:
    store, clock = CountedStore(a_model(revision=7)), Clock()
    memory = Memory(clock)
    async with (
        process(store, clock, FakeRecordStore(memory)) as one,
        process(store, clock, FakeRecordStore(memory)) as two,
    ):
        await soon(lambda: len(memory.listeners) == 2)
        del store.records[KEY]
        await one.cache.changed(KEY, DELETED, None)
        await one.write(a_model())
        await asyncio.sleep(0.01)
        assert await two.cache.read(KEY) == a_model()
        await one.write(a_model(revision=2))
        await asyncio.sleep(0.01)
        assert await two.cache.read(KEY) == a_model(revision=2)


async def test_without_redis_a_creation_is_visible_within_a_second() -> None:
    store, clock = CountedStore(), Clock()
    async with process(store, clock) as one, process(store, clock) as two:
        assert await two.cache.read(KEY) is None
        await one.write(a_model())
        clock.now += memory.ABSENT_TTL
        assert memory.ABSENT_TTL <= 1
        assert await two.cache.read(KEY) == a_model()


async def test_without_redis_a_change_is_visible_within_the_local_ttl() -> None:
    store, clock = CountedStore(a_model()), Clock()
    down = FakeRecordStore(Memory(clock))
    down.refusing = True
    async with process(store, clock) as one, process(store, clock, down, wait=False) as two:
        assert await two.cache.read(KEY) == a_model()
        await one.write(a_model(revision=2))
        clock.now += memory.TTL
        assert await two.cache.read(KEY) == a_model(revision=2)


def largest_share(ends: list[float], longest: float) -> float:
    """The largest share of entries that expire in the same hundredth of the longest TTL."""
    slots = Counter(int(end / (longest / 100)) for end in ends)
    return max(slots.values()) / len(ends)


def test_1000_local_keys_expire_over_a_fifth_of_their_ttl() -> None:
    clock = Clock()
    cache = LocalCache(clock)
    for number in range(1000):
        cache.put(f"k{number}", 1, a_model())
    ends = [entry.expires - clock.now for number in range(1000) if (entry := cache.get(f"k{number}"))]
    assert memory.TTL * (1 - SPREAD) <= min(ends) < max(ends) <= memory.TTL
    assert largest_share(ends, memory.TTL) < 0.1


async def test_1000_redis_keys_expire_over_a_fifth_of_their_ttl() -> None:
    clock = Clock()
    memory = Memory(clock)
    async with process(CountedStore(), clock, FakeRecordStore(memory)) as one:
        for number in range(1000):
            await one.write(a_model(f"{number:04}"))
    ends = [held.expires - clock.now for held in memory.values.values()]
    assert len(ends) == 1000
    assert shared.TTL * (1 - SPREAD) <= min(ends) < max(ends) <= shared.TTL
    assert largest_share(ends, shared.TTL) < 0.1


def refresh_and_expiry(one: Process) -> tuple[float, float]:
    """The times from which a read refreshes the local entry of the key, and at which it expires."""
    entry = one.cache._local.get(KEY.text())
    assert entry
    return entry.expires - memory.EARLY, entry.expires


async def test_the_early_refresh_of_a_hot_key_blocks_no_reader() -> None:
    store, clock = CountedStore(a_model()), Clock()
    async with process(store, clock) as one:
        await one.cache.read(KEY)
        store.records[KEY] = a_model(revision=2)
        store.open.clear()
        clock.now, end = refresh_and_expiry(one)
        for _ in range(100):
            assert await asyncio.wait_for(one.cache.read(KEY), 5) == a_model()
        assert (store.loads, one.counters.renewals) == (2, 1)
        store.open.set()
        await asyncio.sleep(0.01)
        assert await one.cache.read(KEY) == a_model(revision=2)
        clock.now = end
        assert await one.cache.read(KEY) == a_model(revision=2)
        assert store.loads == 2


async def test_readers_of_a_hot_key_never_wait() -> None:
    store, clock = CountedStore(a_model()), Clock()
    async with process(store, clock) as one:
        await one.cache.read(KEY)
        for _ in range(1000):  # 100 s
            clock.now += 0.1
            assert await one.cache.read(KEY) == a_model()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert (one.counters.local_hits, one.counters.waits) == (1000, 0)
        assert one.counters.loads == one.counters.renewals + 1


async def test_a_failed_refresh_keeps_the_record_until_it_expires() -> None:
    store, clock = CountedStore(a_model()), Clock()
    async with process(store, clock) as one:
        await one.cache.read(KEY)
        store.error = Unavailable("the store is busy")
        clock.now, _ = refresh_and_expiry(one)
        for _ in range(3):
            assert await one.cache.read(KEY) == a_model()
            await asyncio.sleep(0.01)
        clock.now += memory.TTL
        with pytest.raises(Unavailable):
            await one.cache.read(KEY)


async def test_a_hot_key_that_expires_in_redis_blocks_no_reader() -> None:
    store, clock = CountedStore(a_model()), Clock()
    redis = Memory(clock)
    async with process(store, clock, FakeRecordStore(redis)) as one:
        await one.cache.read(KEY)
        await soon(lambda: KEY.text() in redis.values)
        end = redis.values[KEY.text()].expires
        clock.now = end - 2 * memory.TTL
        assert await one.cache.read(KEY) == a_model()
        assert store.loads == 1  # it was in Redis
        store.open.clear()
        while store.loads == 1:
            clock.now += 0.1
            assert await asyncio.wait_for(one.cache.read(KEY), 5) == a_model()
            await asyncio.sleep(0.005)
        assert end <= clock.now < end + memory.TTL
        store.open.set()
        await soon(lambda: redis.values[KEY.text()].expires > clock.now + shared.TTL / 2)


def test_the_local_cache_refuses_an_older_change() -> None:
    cache = LocalCache(time.monotonic)
    cache.put("k", 3, None)
    cache.put("k", 2, a_model())
    assert cache.get("k") is None
