"""The cache's background task: warm-up, and metrics in the log."""

import asyncio
import json

import pytest

from functions.registry.cache import maintenance, two_level
from functions.registry.cache.counters import Counters
from functions.registry.cache.keys import ModelKey, pack, unpack
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.repository import CachedRepository
from functions.registry.cache.shared import SharedCache
from maas.domain.errors import Unavailable
from tests.fakes.cache_store import FakeRecordStore, Held, Memory
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.caches import Clock, CountedStore, a_model, process, soon
from tests.support.registry_server import make_model, person


async def test_a_start_loads_the_most_read_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_level, "MOST", 3)
    clock = Clock()
    memory = Memory(clock)
    store = CountedStore(*(a_model(f"{number:04}") for number in range(10)))
    async with process(store, clock, FakeRecordStore(memory)) as before:
        for number in range(10):
            for _ in range(number + 2):  # the first read is the load
                await before.cache.read(ModelKey(f"{number:04}"))
        before.cache.store_most_read()
    async with process(store, clock, FakeRecordStore(memory)) as after:
        loads = store.loads
        await after.cache.warm()
        assert after.counters.shared_hits == 3
        for number in (9, 8, 7):
            await after.cache.read(ModelKey(f"{number:04}"))
        assert (after.counters.local_hits, store.loads) == (3, loads)


async def test_a_process_without_reads_keeps_the_list_of_another() -> None:
    memory = Memory(Clock())
    async with process(CountedStore(a_model()), memory.clock, FakeRecordStore(memory)) as one:
        await one.cache.read(ModelKey("00"))
        await one.cache.read(ModelKey("00"))
        for _ in range(2):
            one.cache.store_most_read()
            await soon(lambda: two_level.MOST_READ in memory.values)
    assert unpack(memory.values[two_level.MOST_READ].text) == [ModelKey("00")]


def most_read(packed: str) -> Memory:
    """Redis with this list of keys to warm up from."""
    memory = Memory(Clock())
    memory.values[two_level.MOST_READ] = Held(0, packed, memory.clock() + 60)
    return memory


async def test_a_warm_up_skips_keys_that_fail_to_load() -> None:
    memory = most_read(pack([ModelKey("0001"), ModelKey("0002")]))
    store = CountedStore(a_model("0001"), a_model("0002"))
    store.error = Unavailable("the store is busy")
    async with process(store, memory.clock, FakeRecordStore(memory)) as one:
        await one.cache.warm()
    assert store.loads == 2


async def test_a_warm_up_skips_malformed_keys() -> None:
    store = MemoryRepository()
    model = await make_model(FakeRegistry(store), person())
    unreadable = ["model", [], ["of another release"], ["version", "m", "no number"], ["range", "m", "x", "^1"]]
    memory = most_read(json.dumps([*unreadable, ["range", "m", 1, "?"], ["model", model.id]]))
    counters = Counters()
    shared = SharedCache(FakeRecordStore(memory), counters, budget=1.0)
    repository = CachedRepository(store, LocalCache(memory.clock), shared, counters)
    shared.start(repository.cache.invalidate)
    await repository.cache.warm()
    assert await repository.visible_model(model.id, lambda _: True) == model
    assert counters.local_hits == 1
    await repository.cache.close()


async def test_a_warm_up_loads_one_key_at_a_time_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_level, "WARM_SECONDS", 0.05)
    memory = most_read(pack(ModelKey(f"{number:04}") for number in range(10)))
    store = CountedStore()
    store.open.clear()
    async with process(store, memory.clock, FakeRecordStore(memory)) as one:
        await one.cache.warm()
        assert store.loads == 1
        store.open.set()


async def test_a_warm_up_without_redis_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_level, "WARM_SECONDS", 0.05)
    redis = FakeRecordStore(Memory(Clock()))
    redis.refusing = True
    async with process(CountedStore(), Clock(), redis, wait=False) as one:
        await asyncio.wait_for(one.cache.warm(), 1)
        assert one.store.loads == 0


async def test_each_line_of_metrics_has_the_difference_to_the_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(maintenance, "PERIOD", 0.02)
    lines: list[str] = []

    def written() -> bool:
        lines.extend(capsys.readouterr().out.splitlines())
        return len(lines) > 1

    async with process(CountedStore(a_model()), Clock()) as one:
        for _ in range(3):
            await one.cache.read(ModelKey("00"))
        running = asyncio.create_task(maintenance.maintain(one.cache, one.counters))
        await soon(written)
        running.cancel()
    first, second = (json.loads(line) for line in lines[:2])
    assert (first["RegistryCacheLoads"], first["RegistryCacheLocalHits"]) == ([1], [2])
    assert (second["RegistryCacheLoads"], second["RegistryCacheLocalHits"]) == ([0], [0])


def test_the_breakers_state_is_a_value_and_not_a_difference() -> None:
    counters = Counters(loads=5, breaker_open=1)
    assert counters.since(counters.snapshot())["breaker_open"] == 1
