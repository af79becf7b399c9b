"""What the cache does beside the calls: warm-up, and the numbers in the log."""

import asyncio
import json

import pytest

from functions.registry.cache import levels, popular, upkeep
from functions.registry.cache.counters import Counters
from maas.domain.errors import Unavailable
from tests.caches import Clock, CountedStore, a_model, process, soon
from tests.fakes.record_store import FakeRecordStore, Memory


async def test_a_start_reads_the_keys_that_were_read_most() -> None:
    clock = Clock()
    memory = Memory(clock)
    store = CountedStore(*(a_model(f"{number:04}") for number in range(10)))
    async with process(store, clock, FakeRecordStore(memory)) as before:
        for number in range(10):
            for _ in range(number + 2):  # the first read is the load
                await before.cache.read(f"model:{number:04}")
    async with process(store, clock, FakeRecordStore(memory)) as after:
        loads = store.loads
        await after.cache.warm(3)
        assert after.counters.shared_hits == 3
        for number in (9, 8, 7):
            await after.cache.read(f"model:{number:04}")
        assert (after.counters.local_hits, store.loads) == (3, loads)


async def test_a_warm_up_passes_over_what_it_can_not_read() -> None:
    clock = Clock()
    memory = Memory(clock)
    memory.reads.update({"model:0001": 3, "model:0002": 2})
    store = CountedStore(a_model("0001"), a_model("0002"))
    store.error = Unavailable("the store is busy")
    async with process(store, clock, FakeRecordStore(memory)) as one:
        await one.cache.warm(10)
    assert store.loads == 2


async def test_a_warm_up_begins_few_loads_at_a_time_and_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "WARM_SECONDS", 0.05)
    clock = Clock()
    memory = Memory(clock)
    memory.reads.update({f"model:{number:04}": 1 for number in range(10)})
    store = CountedStore()
    store.open.clear()
    async with process(store, clock, FakeRecordStore(memory)) as one:
        await one.cache.warm(10)
        assert store.loads == levels.WARMERS
        store.open.set()


async def test_a_warm_up_without_redis_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "WARM_SECONDS", 0.05)
    redis = FakeRecordStore(Memory(Clock()))
    redis.refusing = True
    async with process(CountedStore(), Clock(), redis, wait=False) as one:
        await asyncio.wait_for(one.cache.warm(10), 1)


def test_a_flood_of_keys_is_counted_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(popular, "COUNTED", 3)
    reads = popular.Popular()
    for key in ("a", "b", "c", "d", "a"):
        reads.count(key)
    assert reads.take() == {"a": 2, "b": 1, "c": 1}
    assert reads.take() == {}


async def test_the_log_holds_what_was_added_since_the_line_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(upkeep, "PERIOD", 0.02)
    lines: list[str] = []

    def written() -> bool:
        lines.extend(capsys.readouterr().out.splitlines())
        return len(lines) > 1

    async with process(CountedStore(a_model()), Clock()) as one:
        for _ in range(3):
            await one.cache.read("model:00")
        running = asyncio.create_task(upkeep.upkeep(one.cache, one.counters))
        await soon(written)
        running.cancel()
    first, second = (json.loads(line) for line in lines[:2])
    assert (first["RegistryCacheLoads"], first["RegistryCacheLocalHits"]) == ([1], [2])
    assert (second["RegistryCacheLoads"], second["RegistryCacheLocalHits"]) == ([0], [0])


def test_the_breakers_state_is_told_as_it_is() -> None:
    counters = Counters(loads=5, breaker_open=1)
    assert counters.since(counters.snapshot())["breaker_open"] == 1
