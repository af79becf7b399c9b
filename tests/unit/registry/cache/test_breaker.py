"""Failures of the second level: callers do not wait, no change is lost, and the circuit breaker closes again."""

import asyncio
import time

from functions.registry.cache.counters import Counters
from functions.registry.cache.keys import ModelKey
from functions.registry.cache.shared import SharedCache
from maas.domain.errors import Unavailable
from tests.fakes.cache_store import FakeRecordStore, Memory
from tests.support.caches import KEY, Clock, CountedStore, a_model, process, soon
from tests.support.captured_logs import logged


async def test_after_a_failure_readers_do_not_call_redis_until_it_answers() -> None:
    clock = Clock()
    redis = FakeRecordStore(Memory(clock))
    store = CountedStore(*(a_model(f"{number:04}") for number in range(101)))
    async with process(store, clock, redis) as one:
        redis.refusing = True
        assert await one.cache.read(ModelKey("0000")) == a_model("0000")
        assert (one.counters.breaker_open, one.counters.breaker_opened) == (1, 1)
        await asyncio.gather(*(one.cache.read(ModelKey(f"{number:04}")) for number in range(1, 101)))
        assert store.loads == 101
        assert redis.calls < 10  # pings
        redis.refusing = False
        await soon(lambda: one.counters.breaker_open == 0)
        await one.write(a_model("0000", revision=2))
        assert await redis.get("model:0000")


async def test_a_silent_redis_costs_only_one_reader_its_budget() -> None:
    clock = Clock()
    redis, store = FakeRecordStore(Memory(clock)), CountedStore(*(a_model(f"{number:04}") for number in range(100)))
    async with process(store, clock, redis, budget=0.05) as one:
        redis.answering.clear()
        started = time.monotonic()
        for number in range(100):
            assert await one.cache.read(ModelKey(f"{number:04}")) == a_model(f"{number:04}")
        assert time.monotonic() - started < 2.5  # 5 s if each reader waited for its budget
        assert one.counters.breaker_opened == 1
        redis.answering.set()
        await soon(lambda: one.counters.breaker_open == 0)


async def test_missed_changes_are_invalidated_before_redis_is_read_again() -> None:
    clock = Clock()
    memory = Memory(clock)
    redis, store = FakeRecordStore(memory), CountedStore()
    async with process(store, clock, redis) as one, process(store, clock, FakeRecordStore(memory)) as two:
        await one.write(a_model())
        assert await two.cache.read(KEY) == a_model()
        redis.refusing = True
        for revision in (2, 3):
            await one.write(a_model(revision=revision))
        redis.refusing = False
        await soon(lambda: one.counters.breaker_open == 0)
        assert memory.values[KEY.text()].revision == 3
        assert memory.values[KEY.text()].text == ""
        await asyncio.sleep(0.01)
        assert await two.cache.read(KEY) == a_model(revision=3)


async def test_20_000_missed_changes_are_invalidated_in_few_calls() -> None:
    clock = Clock()
    memory = Memory(clock)
    redis = FakeRecordStore(memory)
    async with process(CountedStore(), clock, redis) as one:
        redis.refusing = True
        for number in range(20_000):
            await one.cache.changed(ModelKey(f"{number:05}"), 2, a_model(f"{number:05}", revision=2))
        before, redis.refusing = redis.calls, False
        await soon(lambda: one.counters.breaker_open == 0)
        assert redis.calls - before < 100
        assert {(held.revision, held.text) for held in memory.values.values()} == {(2, "")}
        assert len(memory.values) == 20_000


async def test_a_malformed_record_in_redis_is_a_miss() -> None:
    clock = Clock()
    memory = Memory(clock)
    garbage = ["{", "5", "[]", "null", '{"version": 1}', "[" * 100_000, '{"model_id": "m"}']
    store = CountedStore(*(a_model(f"{number:04}") for number in range(len(garbage))))
    redis = FakeRecordStore(memory)
    async with process(store, clock, redis) as one:
        for number, text in enumerate(garbage):
            await redis.put(f"model:{number:04}", 1, text, 60, announce=False)
            assert await one.cache.read(ModelKey(f"{number:04}")) == a_model(f"{number:04}")
        assert store.loads == len(garbage)


async def test_the_record_of_another_key_is_a_miss() -> None:
    clock = Clock()
    memory = Memory(clock)
    store = CountedStore(a_model("01"), a_model("02"))
    async with process(store, clock, FakeRecordStore(memory)) as one:
        await one.cache.read(ModelKey("02"))
        await soon(lambda: "model:02" in memory.values)
        memory.values["model:01"] = memory.values["model:02"]
        assert await one.cache.read(ModelKey("01")) == a_model("01")


async def test_each_reason_of_a_failure_is_logged_once() -> None:
    clock = Clock()
    redis = FakeRecordStore(Memory(clock))
    with logged() as log:
        async with process(CountedStore(), clock, redis) as one:
            redis.refusing = True
            await one.cache.read(KEY)
            calls = redis.calls
            await soon(lambda: redis.calls > calls + 5)
    assert log().count("Redis does not answer") == 1
    assert str(Unavailable("refused")) in log()


async def test_a_cache_that_nobody_uses_notices_that_its_store_is_gone() -> None:
    store, counters = FakeRecordStore(Memory(time.monotonic)), Counters()
    shared = SharedCache(store, counters, budget=0.05, pause=0.01)
    shared.start(lambda key, revision: None)
    try:
        await shared.up()
        assert await shared.answers()
        store.answering.clear()
        assert not await shared.answers()
        assert counters.breaker_open == 1
        store.answering.set()
        await asyncio.wait_for(shared.up(), 2)
        assert await shared.answers()
    finally:
        await shared.close()
