"""The cache returns committed records, whatever fails or is cancelled meanwhile."""

import asyncio

import pytest

from functions.registry.cache import memory
from functions.registry.cache.counters import Counters
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.repository import CachedRepository
from functions.registry.cache.shared import SharedCache
from functions.registry.ports import Change, LostRace
from functions.registry.stored import StoredModel
from maas.domain.catalog.models import ModelChange
from maas.domain.catalog.references import Reference
from maas.domain.errors import NotFound, Unavailable
from maas.domain.identity.principals import Principal
from tests.fakes.cache_store import FakeRecordStore, Memory
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.caches import Clock, soon
from tests.support.registry_server import make_model, make_published, person


class Store(MemoryRepository):
    """`reads` counts reads of a model, and `searches` reads of a range.

    A read waits for `hold` before it returns. `lost` is raised once, after a commit.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reads, self.searches = 0, 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.lost: Exception | None = None

    async def model(self, model_id: str) -> StoredModel | None:
        self.reads += 1
        found = await super().model(model_id)
        await self.hold.wait()
        return found

    async def highest_published(self, model_id: str, reference: Reference, *, revision: int | None = None) -> str:
        self.searches += 1
        return await super().highest_published(model_id, reference)

    async def commit(self, *changes: Change, by: Principal) -> None:
        await super().commit(*changes, by=by)
        await asyncio.sleep(0.01)
        lost, self.lost = self.lost, None
        if lost is not None:
            raise lost


def cached(store: Store) -> FakeRegistry:
    return FakeRegistry(CachedRepository(store, LocalCache(), None))


async def test_a_cached_read_does_not_reach_the_store() -> None:
    store, by = Store(), person()
    registry = cached(store)
    model = await make_model(registry, by)
    store.reads = 0
    assert await registry.get_model(by, model.id) == model
    assert await registry.get_model(by, model.id) == model
    assert store.reads == 0


async def test_every_change_is_visible_to_the_next_read() -> None:
    store, by = Store(), person()
    registry = cached(store)
    model = await make_model(registry, by)
    changed = await registry.update_model(by, model.id, ModelChange(description="new"))
    assert await registry.get_model(by, model.id) == changed
    published = await make_published(registry, by, model)
    assert await registry.get_version(by, model.id, "latest") == published
    await registry.delete_model(by, model.id)
    assert await CachedRepository(store, LocalCache(), None).model(model.id) is None
    assert await registry._repository.visible_model(model.id, lambda _: True) is None


async def test_a_slow_read_does_not_overwrite_a_newer_change() -> None:
    store, by = Store(), person()
    model = await make_model(FakeRegistry(store), by)
    registry = cached(store)
    store.hold.clear()
    slow = asyncio.create_task(registry.get_model(by, model.id))
    await asyncio.sleep(0)
    stored = await MemoryRepository.model(store, model.id)
    assert stored is not None
    update = asyncio.create_task(registry.update_model(by, model.id, ModelChange(description="new")))
    await asyncio.sleep(0)
    store.hold.set()
    await asyncio.gather(slow, update)
    assert (await registry.get_model(by, model.id)).description == "new"


async def test_a_cancelled_caller_leaves_no_old_record_behind() -> None:
    store, by = Store(), person()
    registry = cached(store)
    model = await make_model(registry, by)
    update = asyncio.create_task(registry.update_model(by, model.id, ModelChange(description="new")))
    await asyncio.sleep(0.005)
    update.cancel()
    with pytest.raises(asyncio.CancelledError):
        await update
    await asyncio.sleep(0.02)
    assert (await registry.get_model(by, model.id)).description == "new"


async def test_a_commit_without_an_answer_invalidates_its_records() -> None:
    store, by = Store(), person()
    registry = cached(store)
    model = await make_model(registry, by)
    store.lost = Unavailable("the answer was lost")
    with pytest.raises(Unavailable):
        await registry.update_model(by, model.id, ModelChange(description="new"))
    assert (await registry.get_model(by, model.id)).description == "new"


async def test_a_write_refused_because_of_itself_leaves_no_old_record() -> None:
    """The first answer was lost, so the write is sent again and finds the revision that it made itself."""
    store, by = Store(), person()
    registry = cached(store)
    model = await make_model(registry, by)
    store.lost = LostRace()
    changed = await registry.update_model(by, model.id, ModelChange(description="new"))
    assert changed.description == "new"
    assert (await registry.get_model(by, model.id)).description == "new"


async def test_a_repeated_range_does_not_reach_the_store() -> None:
    store, by = Store(), person()
    registry = cached(store)
    model = await make_model(registry, by)
    published = await make_published(registry, by, model, "1.2.0")
    await registry.get_version(by, model.id, "^1.2")
    store.reads = store.searches = 0
    for ref in ("^1.2", " ^1.2  "):
        assert await registry.get_version(by, model.id, ref) == published
    assert (store.reads, store.searches) == (0, 0)


async def test_a_range_that_matches_nothing_is_searched_once() -> None:
    store, by = Store(), person()
    registry = cached(store)
    model = await make_model(registry, by)
    for _ in range(10):
        with pytest.raises(NotFound):
            await registry.get_version(by, model.id, "^9")
    assert store.searches == 1


async def test_a_range_is_resolved_again_at_the_models_next_revision() -> None:
    store, by = Store(), person()
    writer, clock = cached(store), Clock()
    reader = FakeRegistry(CachedRepository(store, LocalCache(clock), None))
    model = await make_model(writer, by)
    with pytest.raises(NotFound):
        await reader.get_version(by, model.id, "^1")
    for number in ("1.0.0", "1.1.0"):
        await make_published(writer, by, model, number)
        assert (await writer.get_version(by, model.id, "^1")).version == number
        clock.now += memory.TTL  # without Redis, the reader's model is old until its TTL ends
        assert (await reader.get_version(by, model.id, "^1")).version == number
    await writer.deprecate_version(by, model.id, "1.1.0")
    assert (await writer.get_version(by, model.id, "^1")).version == "1.0.0"
    clock.now += memory.TTL
    assert (await reader.get_version(by, model.id, "^1")).version == "1.0.0"


async def test_a_range_resolved_by_one_process_is_in_redis_for_others() -> None:
    store, by, memory = Store(), person(), Memory(Clock())

    async def repository() -> CachedRepository:
        shared = SharedCache(FakeRecordStore(memory), Counters(), budget=1.0)
        made = CachedRepository(store, LocalCache(memory.clock), shared)
        shared.start(made.cache.invalidate)
        await asyncio.wait_for(shared.up(), 5)
        return made

    one, two = await repository(), await repository()
    model = await make_model(FakeRegistry(one), by)
    published = await make_published(FakeRegistry(one), by, model, "1.2.0")
    before = store.searches
    for process in (one, two):
        assert await FakeRegistry(process).get_version(by, model.id, "^1") == published
        assert await FakeRegistry(process).get_version(by, model.id, "~1.2") == published
        await soon(lambda: sum(key.startswith("range:") for key in memory.values) == 2)
        assert store.searches == before + 2
    await one.cache.close()
    await two.cache.close()
