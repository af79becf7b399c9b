"""One load of a key at a time, whether its callers wait, are cancelled, or the record changes meanwhile."""

import asyncio

import pytest

from functions.registry.cache.keys import ModelKey
from maas.domain.errors import Unavailable
from tests.support.caches import KEY, Clock, CountedStore, a_model, process, soon


async def test_200_concurrent_misses_are_one_load() -> None:
    store = CountedStore(a_model())
    async with process(store, Clock()) as one:
        assert await asyncio.gather(*(one.cache.read(KEY) for _ in range(200))) == [a_model()] * 200
        assert (store.loads, one.counters.waits) == (1, 199)


async def test_keys_do_not_wait_for_each_other() -> None:
    store = CountedStore(*(a_model(f"{number:04}") for number in range(5)))
    async with process(store, Clock()) as one:
        found = await asyncio.gather(*(one.cache.read(ModelKey(f"{number:04}")) for number in range(5)))
        assert [record and record.revision for record in found] == [1] * 5
        assert (store.loads, one.counters.waits) == (5, 0)


async def test_a_cancelled_first_caller_does_not_cancel_the_load() -> None:
    store = CountedStore(a_model())
    store.open.clear()
    async with process(store, Clock()) as one:
        first, *others = [asyncio.create_task(one.cache.read(KEY)) for _ in range(200)]
        await soon(lambda: store.loads == 1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        store.open.set()
        assert await asyncio.gather(*others) == [a_model()] * 199
        assert store.loads == 1


async def test_a_load_without_waiting_callers_is_cached() -> None:
    store = CountedStore(a_model())
    store.open.clear()
    async with process(store, Clock()) as one:
        only = asyncio.create_task(one.cache.read(KEY))
        await soon(lambda: store.loads == 1)
        only.cancel()
        store.open.set()
        assert await one.cache.read(KEY) == a_model()
        assert store.loads == 1


async def test_a_failed_load_fails_its_callers_and_is_not_cached() -> None:
    store = CountedStore(a_model())
    store.error = Unavailable("the store is busy")
    async with process(store, Clock()) as one:
        answers = await asyncio.gather(*(one.cache.read(KEY) for _ in range(200)), return_exceptions=True)
        assert answers == [store.error] * 200
        assert store.loads == 1
        store.error = None
        assert await one.cache.read(KEY) == a_model()
        assert store.loads == 2


async def test_a_read_after_a_change_starts_another_load() -> None:
    store = CountedStore(a_model())
    store.open.clear()
    async with process(store, Clock()) as one:
        before = asyncio.create_task(one.cache.read(KEY))
        await soon(lambda: store.loads == 1)
        store.records[KEY] = a_model(revision=2)
        await one.cache.changed(KEY, 2, None)
        after = asyncio.create_task(one.cache.read(KEY))
        await soon(lambda: store.loads == 2)
        store.open.set()
        assert [await before, await after] == [a_model(revision=1), a_model(revision=2)]
        assert await one.cache.read(KEY) == a_model(revision=2)
        assert store.loads == 2
