"""Names of models in the cache: what a changed name costs, and that a name that is refused looks like an absent one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from functions.registry.cache.counters import Counters
from functions.registry.cache.keys import ModelKey, NameKey, pack, unpack
from functions.registry.cache.memory import ABSENT_TTL, TTL, LocalCache
from functions.registry.cache.repository import CachedRepository
from functions.registry.cache.serialization import Named, from_text, to_text
from functions.registry.cache.shared import SharedCache
from functions.registry.ports import Change
from functions.registry.stored import StoredModel
from maas.domain.catalog.model_names import ModelName
from maas.domain.identity.principals import Principal
from tests.fakes.cache_store import FakeRecordStore, Memory
from tests.fakes.repository import MemoryRepository
from tests.support.caches import Clock, a_model
from tests.support.registry_server import person

BY: Principal = person()
IRIS, ROSE, NONE = (ModelName("t", name) for name in ("iris", "rose", "none"))


class Counted(MemoryRepository):
    """Counts the reads of names and of models, each of which takes a millisecond of the clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.reads, self._clock = 0, clock

    def _read(self) -> None:
        self.reads += 1
        self._clock.now += 0.001

    async def id_of(self, name: ModelName) -> str:
        self._read()
        return await super().id_of(name)

    async def model(self, model_id: str) -> StoredModel | None:
        self._read()
        return await super().model(model_id)


@dataclass
class Processes:
    """Two registries over one store, whose caches share a Redis."""

    store: Counted
    one: CachedRepository
    other: CachedRepository
    clock: Clock


@asynccontextmanager
async def processes(*, redis: bool = True) -> AsyncIterator[Processes]:
    memory, found = Memory(clock := Clock()), list[CachedRepository]()
    store = Counted(clock)
    for _ in range(2):
        shared = SharedCache(FakeRecordStore(memory), Counters(), pause=0.01) if redis else None
        found.append(CachedRepository(store, LocalCache(clock), shared))
        if shared:
            shared.start(found[-1].cache.invalidate)
            await asyncio.wait_for(shared.up(), 5)
    try:
        yield Processes(store, found[0], found[1], clock)
    finally:
        for each in found:
            await each.cache.close()


async def _seen(repository: CachedRepository, name: ModelName) -> StoredModel | None:
    return await repository.visible_named(name, lambda _: True)


async def _soon(repository: CachedRepository, name: ModelName, expected: StoredModel | None) -> None:
    """Waits for the announcement of a change, in less time of the clock than any entry's age."""
    async with asyncio.timeout(5):
        while await _seen(repository, name) != expected:  # noqa: ASYNC110 - another process's answer, not an event
            await asyncio.sleep(0.005)


async def _refused(repository: CachedRepository, name: ModelName) -> None:
    assert await repository.visible_named(name, lambda _: False) is None


async def test_a_name_is_read_once() -> None:
    async with processes() as two:
        await two.one.commit(Change(None, a_model()), by=BY)
        assert await _seen(two.one, IRIS) == a_model()
        before = two.store.reads
        assert await _seen(two.one, IRIS) == a_model()
        assert two.store.reads == before


async def test_a_change_of_a_name_is_known_to_every_process_at_once() -> None:
    async with processes() as two:
        first = a_model()
        assert await _seen(two.other, IRIS) is None
        await two.one.commit(Change(None, first), by=BY)
        await _soon(two.other, IRIS, first)
        renamed = replace(first, name="rose", revision=2)
        await two.one.commit(Change(first, renamed), by=BY)
        await _soon(two.other, IRIS, None)
        assert await _seen(two.other, ROSE) == renamed
        second = a_model("01")
        await two.one.commit(Change(None, second), by=BY)
        await _soon(two.other, IRIS, second)
        await two.one.commit(Change(second, None), by=BY)
        await _soon(two.other, IRIS, None)


async def test_without_redis_a_name_that_another_process_has_changed_ends_with_its_model_s_age() -> None:
    async with processes(redis=False) as two:
        first = a_model()
        await two.one.commit(Change(None, first), by=BY)
        assert await _seen(two.other, IRIS) == first
        await two.one.commit(Change(first, replace(first, name="rose", revision=2)), by=BY)
        await two.one.commit(Change(None, second := a_model("01")), by=BY)
        assert await _seen(two.one, IRIS) == second
        two.clock.now += TTL
        assert await _seen(two.other, IRIS) == second
        assert (await _seen(two.other, ROSE) or second).id == first.id


async def test_a_cached_name_of_a_model_that_has_another_one_now_is_read_again() -> None:
    async with processes() as two:
        first = a_model()
        await two.store.commit(Change(None, first), by=BY)
        assert await _seen(two.one, IRIS) == first
        # The change of the name is not announced, but the model's is.
        await two.store.commit(Change(first, renamed := replace(first, name="rose", revision=2)), by=BY)
        await two.store.commit(Change(None, second := a_model("01")), by=BY)
        await two.one.cache.changed(ModelKey(first.id), 2, renamed)
        assert await _seen(two.one, IRIS) == second


@pytest.mark.parametrize("warm", ["cold", "in the process", "in Redis alone"])
async def test_a_refused_name_is_read_as_often_as_an_unknown_one(warm: str) -> None:
    async with processes() as two:
        await two.store.commit(Change(None, a_model()), by=BY)
        if warm != "cold":
            await _seen(two.one, IRIS)
        if warm == "in Redis alone":
            await asyncio.sleep(0.01)  # the write to Redis is not waited for
            two.clock.now += TTL
        # First, again at once, after absence has been forgotten, and again.
        for seconds, expected in ((0.0, 2), (0.0, 0), (ABSENT_TTL, 2), (0.0, 0)):
            two.clock.now += seconds
            for name in (IRIS, NONE):
                before = two.store.reads
                await _refused(two.one, name)
                assert two.store.reads - before == expected, name


def test_a_name_s_key_and_value_can_be_read_back() -> None:
    key, value = NameKey(IRIS), Named("t", "iris", "00")
    assert unpack(pack([key])) == [key]
    assert from_text(key, to_text(value)) == value
    assert from_text(NameKey(ROSE), to_text(value)) is None
