"""The registry's cache over a real Redis, shared by two simulated processes."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from functions.registry.cache.counters import Counters
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.redis_store import RedisStore
from functions.registry.cache.repository import CachedRepository
from functions.registry.cache.shared import SharedCache
from maas.domain.catalog.models import ModelChange
from maas.domain.identity.principals import Principal
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.redis_server import RedisServer, redis_server
from tests.support.registry_server import make_model, make_published, person


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


class CountingRepository(MemoryRepository):
    """Counts the `reads` of models and versions from the store itself."""

    reads = 0

    async def model(self, model_id: str) -> object:  # type: ignore[override]
        self.reads += 1
        return await super().model(model_id)

    async def version(self, model_id: str, number: str) -> object:  # type: ignore[override]
        self.reads += 1
        return await super().version(model_id, number)


@asynccontextmanager
async def registry_process(store: MemoryRepository, redis: RedisServer) -> AsyncIterator[FakeRegistry]:
    """Yields the services of one process, with its own cache in memory; all else is shared."""
    shared = shared_cache(redis)
    repository = CachedRepository(store, LocalCache(), shared)
    shared.start(repository.cache.invalidate)
    try:
        await asyncio.wait_for(shared.up(), 5)
        yield FakeRegistry(repository)
    finally:
        await repository.cache.close()


def shared_cache(redis: RedisServer) -> SharedCache:
    """Returns a cache whose budget suits a busy machine. test_cache_faults.py tests the real budget."""
    return SharedCache(RedisStore(lambda: redis.url, "test", lambda: b"key"), Counters(), budget=0.5)


async def until_description(registry: FakeRegistry, by: Principal, model_id: str, expected: str) -> float:
    """Waits until a reader sees the description and returns the seconds that it took."""
    started = time.monotonic()
    while (await registry.get_model(by, model_id)).description != expected:
        assert time.monotonic() - started < 4, "still the old one"
        await asyncio.sleep(0.01)
    return time.monotonic() - started


async def test_a_second_process_reads_from_redis(redis: RedisServer) -> None:
    store, by = CountingRepository(), person()
    async with registry_process(store, redis) as first, registry_process(store, redis) as second:
        model = await make_model(first, by, metadata={"k": "ü"})
        version = await make_published(first, by, model)
        model, before = await first.get_model(by, model.id), store.reads
        assert await second.get_model(by, model.id) == model
        assert await second.get_version(by, model.id, "1.0.0") == version
        assert await second.get_version(by, model.id, "latest") == version
        assert store.reads == before


async def test_a_change_reaches_the_other_process_at_once(redis: RedisServer) -> None:
    store, by = MemoryRepository(), person()
    async with registry_process(store, redis) as first, registry_process(store, redis) as second:
        model = await make_model(first, by)
        await second.get_model(by, model.id)
        await asyncio.sleep(0.2)  # both have subscribed by then
        await first.update_model(by, model.id, ModelChange(description="new"))
        assert await until_description(second, by, model.id, "new") < 1


async def test_changes_that_redis_missed_are_sent_later(redis: RedisServer) -> None:
    store, by = MemoryRepository(), person()
    async with registry_process(store, redis) as first:
        model = await make_model(first, by)
        redis.stall()
        for number in range(5):
            await first.update_model(by, model.id, ModelChange(description=str(number)))
        redis.resume()
        await asyncio.sleep(3)
        async with registry_process(store, redis) as second:
            assert (await second.get_model(by, model.id)).description == "4"
