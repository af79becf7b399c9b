"""Lists read from the table only the models that the cache does not have, and show every change that lists showed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.registry.cache.keys import ModelKey
from functions.registry.cache.listed import ListedModels
from functions.registry.cache.memory import TTL, LocalCache
from functions.registry.cache.repository import CachedRepository
from functions.registry.store.client import Table, connect
from functions.registry.store.repository import DynamoRepository
from functions.registry.stored import StoredModel
from maas.domain.catalog.models import Model, ModelChange, ModelFilter, WantedPage
from tests.fakes.registry import FakeRegistry
from tests.support.aws import Aws
from tests.support.caches import Clock
from tests.support.registry_server import make_model, person

MODELS = 3


@dataclass
class World:
    """A registry whose lists use its cache, and another process with a cache of its own. `batches` are model reads."""

    table: str
    endpoint: str
    clock: Clock = field(default_factory=Clock)
    batches: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        client: Any = connect(self.endpoint)
        client.meta.events.register("provide-client-params.dynamodb.BatchGetItem", self._count)
        local = LocalCache(self.clock)
        store = DynamoRepository(Table(self.table, client), ListedModels(local))
        self.registry = FakeRegistry(CachedRepository(store, local, None))
        self.other = FakeRegistry(DynamoRepository(Table(self.table, connect(self.endpoint))))
        self.by = person()

    def _count(self, params: Any, **_: Any) -> None:
        self.batches.append(len(params["RequestItems"][self.table]["Keys"]))

    async def models(self) -> list[Model]:
        return [await make_model(self.registry, self.by, f"model {number}") for number in range(MODELS)]

    async def listed(self, **narrowed: Any) -> list[Model]:
        found = await self.registry.list_models(self.by, ModelFilter(**narrowed), WantedPage(limit=10, sort="name"))
        return list(found.items)

    async def stored(self, model_id: str) -> StoredModel:
        found = await DynamoRepository(Table(self.table, connect(self.endpoint))).model(model_id)
        assert found
        return found


@pytest.fixture
def world(aws: Aws) -> Iterator[World]:
    with aws.empty_registry_table() as table:
        yield World(table, aws.endpoint)


async def test_models_are_read_once_within_the_cache_s_time(world: World) -> None:
    made = await world.models()
    assert await world.listed() == made
    assert world.batches == []
    world.clock.now += 2 * TTL
    assert [await world.listed(), await world.listed()] == [made, made]
    assert world.batches == [MODELS]


async def test_own_changes_are_listed_at_once(world: World) -> None:
    first, second, third = await world.models()
    await world.listed()
    change = ModelChange(name="renamed", description="new", tags=("a",))
    changed = await world.registry.update_model(world.by, first.id, change)
    await world.registry.delete_model(world.by, second.id, None)
    assert await world.listed() == [third, changed]
    assert await world.listed(tags=("a",)) == [changed]


async def test_changes_of_other_processes_that_move_a_model_are_listed_at_once(world: World) -> None:
    first, second, third = await world.models()
    await world.listed()
    changed = await world.other.update_model(world.by, first.id, ModelChange(name="renamed"))
    await world.other.delete_model(world.by, second.id, None)
    assert await world.listed() == [third, changed]
    assert world.batches == [1]


async def test_other_changes_of_other_processes_are_listed_seconds_later(world: World) -> None:
    first, *rest = await world.models()
    changed = await world.other.update_model(world.by, first.id, ModelChange(description="new"))
    assert await world.listed() == [first, *rest]
    world.clock.now += 2 * TTL
    assert await world.listed() == [changed, *rest]


async def test_a_read_that_a_change_has_overtaken_is_not_kept(world: World) -> None:
    first, *_ = await world.models()
    local = LocalCache(world.clock)
    known = ListedModels(local)
    old = await world.stored(first.id)
    await world.other.update_model(world.by, first.id, ModelChange(description="new"))
    new = await world.stored(first.id)
    known.offer(new)
    known.offer(old)
    assert known.held(first.id) == new
    local.put(ModelKey(first.id).text(), new.revision + 1, None)  # an invalidation
    known.offer(new)
    assert known.held(first.id) is None
