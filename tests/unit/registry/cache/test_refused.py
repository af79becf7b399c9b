"""A cached record that a caller must not see costs the same reads as one that there is not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from functions.registry.cache.keys import Key, ModelKey
from functions.registry.cache.memory import ABSENT_TTL, TTL
from functions.registry.cache.serialization import Cached
from tests.fakes.cache_store import FakeRecordStore, Memory
from tests.support.caches import Clock, CountedStore, Process, a_model, process

MILLISECOND = 0.001
FOREIGN, ABSENT = ModelKey("00"), ModelKey("01")
Warm = Callable[[Process, Clock], Awaitable[None]]


class Store(CountedStore):
    """A store whose loads take a millisecond of the clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(a_model())
        self._clock = clock

    async def load(self, key: Key) -> Cached | None:
        found = await super().load(key)
        self._clock.now += MILLISECOND
        return found


async def _cold(_one: Process, _clock: Clock) -> None:
    """Leaves everything empty."""


async def _in_the_process(one: Process, _clock: Clock) -> None:
    await one.cache.read(FOREIGN)


async def _in_redis_alone(one: Process, clock: Clock) -> None:
    await one.cache.read(FOREIGN)
    await asyncio.sleep(0.01)  # the write to Redis is not waited for
    clock.now += TTL


async def _refused(one: Process, key: ModelKey) -> None:
    assert await one.cache.visible(key, lambda _record: False) is None


warmths = pytest.mark.parametrize("warm", [_cold, _in_the_process, _in_redis_alone])


@warmths
async def test_a_refused_record_is_loaded_as_often_as_an_absent_one(warm: Warm) -> None:
    store = Store(clock := Clock())
    async with process(store, clock, FakeRecordStore(Memory(clock))) as one:
        await warm(one, clock)
        # First, again at once, after absence has been forgotten, and again.
        for seconds, expected in ((0.0, 1), (0.0, 0), (ABSENT_TTL, 1), (0.0, 0)):
            clock.now += seconds
            for key in (FOREIGN, ABSENT):
                before = store.loads
                await _refused(one, key)
                assert store.loads - before == expected, key


@warmths
async def test_callers_that_are_refused_at_once_wait_for_one_load(warm: Warm) -> None:
    store = Store(clock := Clock())
    async with process(store, clock, FakeRecordStore(Memory(clock))) as one:
        await warm(one, clock)
        before = store.loads
        store.open.clear()
        waiting = [asyncio.create_task(_refused(one, key)) for key in (FOREIGN, FOREIGN, ABSENT, ABSENT)]
        await asyncio.sleep(0.02)
        assert not any(task.done() for task in waiting)
        store.open.set()
        await asyncio.gather(*waiting)
        assert store.loads == before + 2


async def test_a_record_that_is_seen_is_read_once() -> None:
    store = Store(clock := Clock())
    async with process(store, clock) as one:
        for _ in range(3):
            assert await one.cache.visible(FOREIGN, lambda _record: True) == a_model()
        assert store.loads == 1
