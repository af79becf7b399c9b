"""How long records are believed: absent ones, many at once, and those that are read all the time."""

import asyncio
import time
from collections import Counter

import pytest

from functions.registry.cache import memory, shared
from functions.registry.cache.jitter import SPREAD
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.repository import GONE
from maas.domain.errors import Unavailable
from tests.fakes.record_store import FakeRecordStore, Memory
from tests.support.caches import KEY, Clock, CountedStore, Process, a_model, process, soon


async def test_1000_reads_of_an_absent_id_are_one_load_in_its_life() -> None:
    store, clock = CountedStore(), Clock()
    async with process(store, clock) as one:
        for life in range(1, 4):
            for _ in range(1000):
                assert await one.cache.read(KEY) is None
            assert store.loads == life
            clock.now += memory.ABSENT_TTL
        assert one.counters.absent_hits == 3 * 999


async def test_a_creation_is_seen_at_once_by_who_created_and_soon_by_other_processes() -> None:
    store, clock = CountedStore(), Clock()
    memory = Memory(clock)
    first, second = FakeRecordStore(memory), FakeRecordStore(memory)
    async with process(store, clock, first) as one, process(store, clock, second) as two:
        await soon(lambda: len(memory.listeners) == 2)
        assert [await cache.read(KEY) for cache in (one.cache, two.cache)] == [None, None]
        await one.write(a_model())
        assert await one.cache.read(KEY) == a_model()
        await asyncio.sleep(0.01)  # the clock stands still: it is the announcement that does it
        assert await two.cache.read(KEY) == a_model()


async def test_what_is_created_again_after_its_deletion_is_seen_at_once() -> None:
    store, clock = CountedStore(a_model(revision=7)), Clock()
    async with process(store, clock, FakeRecordStore(Memory(clock))) as one:
        assert await one.cache.read(KEY) == a_model(revision=7)
        del store.records[KEY]
        await one.cache.changed(KEY, GONE, None)
        assert await one.cache.read(KEY) is None
        await one.write(a_model())
        assert await one.cache.read(KEY) == a_model()


async def test_what_is_created_again_after_its_deletion_is_announced_too() -> None:
    store, clock = CountedStore(a_model(revision=7)), Clock()
    memory = Memory(clock)
    async with (
        process(store, clock, FakeRecordStore(memory)) as one,
        process(store, clock, FakeRecordStore(memory)) as two,
    ):
        await soon(lambda: len(memory.listeners) == 2)
        del store.records[KEY]
        await one.cache.changed(KEY, GONE, None)
        await one.write(a_model())
        await asyncio.sleep(0.01)
        assert await two.cache.read(KEY) == a_model()
        await one.write(a_model(revision=2))
        await asyncio.sleep(0.01)
        assert await two.cache.read(KEY) == a_model(revision=2)


async def test_without_redis_a_creation_is_seen_within_a_second() -> None:
    store, clock = CountedStore(), Clock()
    async with process(store, clock) as one, process(store, clock) as two:
        assert await two.cache.read(KEY) is None
        await one.write(a_model())
        clock.now += memory.ABSENT_TTL
        assert memory.ABSENT_TTL <= 1
        assert await two.cache.read(KEY) == a_model()


async def test_without_redis_a_change_is_seen_within_the_life_of_a_local_entry() -> None:
    store, clock = CountedStore(a_model()), Clock()
    down = FakeRecordStore(Memory(clock))
    down.refusing = True
    async with process(store, clock) as one, process(store, clock, down, wait=False) as two:
        assert await two.cache.read(KEY) == a_model()
        await one.write(a_model(revision=2))
        clock.now += memory.TTL
        assert await two.cache.read(KEY) == a_model(revision=2)


def largest_share(ends: list[float], longest: float) -> float:
    """The largest part of all that ends in the same hundredth of the longest life."""
    slots = Counter(int(end / (longest / 100)) for end in ends)
    return max(slots.values()) / len(ends)


def test_1000_keys_written_together_expire_over_a_fifth_of_their_life() -> None:
    clock = Clock()
    cache = LocalCache(clock)
    for number in range(1000):
        cache.put(f"k{number}", 1, a_model())
    ends = [entry.expires - clock.now for number in range(1000) if (entry := cache.get(f"k{number}"))]
    assert memory.TTL * (1 - SPREAD) <= min(ends) < max(ends) <= memory.TTL
    assert largest_share(ends, memory.TTL) < 0.1


async def test_1000_keys_written_together_expire_over_a_fifth_of_their_life_in_redis_too() -> None:
    clock = Clock()
    memory = Memory(clock)
    async with process(CountedStore(), clock, FakeRecordStore(memory)) as one:
        for number in range(1000):
            await one.write(a_model(f"{number:04}"))
    ends = [held.expires - clock.now for held in memory.values.values()]
    assert len(ends) == 1000
    assert shared.TTL * (1 - SPREAD) <= min(ends) < max(ends) <= shared.TTL
    assert largest_share(ends, shared.TTL) < 0.1


def renewal_and_end(one: Process) -> tuple[float, float]:
    """When the key may be renewed, and when it ends, in process."""
    entry = one.cache._local.get(KEY.text())
    assert entry
    return entry.expires - memory.EARLY, entry.expires


async def test_renewing_a_hot_key_blocks_no_reader() -> None:
    store, clock = CountedStore(a_model()), Clock()
    async with process(store, clock) as one:
        await one.cache.read(KEY)
        store.records[KEY] = a_model(revision=2)
        store.open.clear()
        clock.now, end = renewal_and_end(one)
        for _ in range(100):
            assert await asyncio.wait_for(one.cache.read(KEY), 5) == a_model()
        assert (store.loads, one.counters.renewals) == (2, 1)
        store.open.set()
        await asyncio.sleep(0.01)
        assert await one.cache.read(KEY) == a_model(revision=2)
        clock.now = end
        assert await one.cache.read(KEY) == a_model(revision=2)
        assert store.loads == 2


async def test_a_key_that_is_read_all_the_time_never_makes_a_reader_wait() -> None:
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


async def test_a_renewal_that_fails_leaves_the_reader_what_there_is() -> None:
    store, clock = CountedStore(a_model()), Clock()
    async with process(store, clock) as one:
        await one.cache.read(KEY)
        store.error = Unavailable("the store is busy")
        clock.now, _ = renewal_and_end(one)
        for _ in range(3):
            assert await one.cache.read(KEY) == a_model()
            await asyncio.sleep(0.01)
        clock.now += memory.TTL
        with pytest.raises(Unavailable):
            await one.cache.read(KEY)


async def test_a_hot_key_whose_life_in_redis_ends_makes_no_reader_wait() -> None:
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


def test_the_local_cache_refuses_a_change_that_is_older() -> None:
    cache = LocalCache(time.monotonic)
    cache.put("k", 3, None)
    cache.put("k", 2, a_model())
    assert cache.get("k") is None
