"""The counters of quotas in the table: conflicts, crashes, models of earlier releases, deletions that were killed."""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest

from functions.registry.catalog import leftovers
from functions.registry.catalog.leftovers import LeftoverService
from functions.registry.ports import Repository
from functions.registry.store.client import Table
from functions.registry.store.items import COUNTED_KEY, Item, quota_key, use_key, version_key
from functions.registry.store.repository import DynamoRepository
from functions.registry.store.transactions import attributes
from functions.registry.uses import COUNTED
from maas.domain.catalog.models import Model
from maas.domain.catalog.versions import Version
from maas.domain.errors import Unavailable
from maas.domain.identity.principals import Principal, Role
from maas.domain.quotas import Quota, QuotaExceeded
from tests.fakes.registry import FakeRegistry
from tests.support.conflicting_client import Conflicts
from tests.support.registry_server import SHA256, SIZE, make_draft, make_model, make_ready, make_upload, person
from tests.support.rounds import FULL
from tests.support.table_engines import Tables
from tests.support.use_recounts import CrashingTable, Operations, items_of, left_behind, recounted, used

LIMITS = {Quota.MODELS: 6, Quota.VERSIONS: 12, Quota.OPEN_UPLOADS: 4, Quota.STORED_BYTES: 150}
ROUNDS, STEPS, LANES = (40 if FULL else 3), 60, 4


@pytest.fixture
def client(tables: Tables) -> Any:
    return boto3.client("dynamodb", endpoint_url=tables.endpoint)


@pytest.fixture
def by() -> Principal:
    return person("", Role.ADMIN)


@pytest.fixture
def forget(tables: Tables, client: Any) -> Callable[[Item], None]:
    """Deletes an item, as if an earlier release had never written it."""
    return lambda key: client.delete_item(TableName=tables.table, Key=attributes(key))


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_random_operations_with_crashes_keep_the_counters_right(
    tables: Tables, client: Any, by: Principal, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)
    crashing = [CrashingTable(tables.table, client, rng, 6) for _ in range(2)]
    stores = [DynamoRepository(table, limits=LIMITS) for table in crashing]
    done = Operations(stores, by, rng)
    lanes = [asyncio.create_task(done.run(STEPS)) for _ in range(LANES)]
    while not all(lane.done() for lane in lanes):
        seen = await used(stores[0], by.tenant_id)
        assert all(0 <= seen[quota] <= LIMITS[quota] for quota in COUNTED), seen
        await asyncio.sleep(0.01)
    await asyncio.gather(*lanes)
    for _ in range(20):  # what succeeds depends on the turns that the lanes took
        if done.outcomes.keys() >= {"create", "draft", "start", "QuotaExceeded"}:
            break
        await done.run(STEPS)
    assert await used(stores[0], by.tenant_id) == recounted(tables, by.tenant_id)
    assert sum(table.crashes for table in crashing) > 5
    assert {"create", "draft", "start", "QuotaExceeded"} <= done.outcomes.keys()
    for table in crashing:
        table.one_in = 0
    monkeypatch.setattr(leftovers, "PURGE_AFTER", timedelta())
    await LeftoverService(stores[0]).sweep()
    assert left_behind(tables, by.tenant_id) == []
    assert await used(stores[0], by.tenant_id) == recounted(tables, by.tenant_id)


@pytest.mark.parametrize("processes", [1, 4])
async def test_fifty_changes_at_once_all_succeed_although_transactions_conflict(
    tables: Tables, by: Principal, processes: int
) -> None:
    conflicts = Conflicts()
    stores = [DynamoRepository(Table(tables.table, conflicts.client(tables.endpoint))) for _ in range(processes)]
    registries = [FakeRegistry(stores[number % processes]) for number in range(50)]
    names = [f"model {number}" for number in range(50)]
    models = await asyncio.gather(*(make_model(each, by, name) for each, name in zip(registries, names, strict=True)))
    await asyncio.gather(*(make_draft(each, by, model) for each, model in zip(registries, models, strict=True)))
    assert conflicts.cancelled > 0 or processes == 1
    assert await used(stores[0], by.tenant_id) == dict.fromkeys(COUNTED, 0) | {Quota.MODELS: 50, Quota.VERSIONS: 50}


class Earlier:
    """A registry with models as an earlier release has left them: without counters, and without sizes of uploads."""

    def __init__(self, store: Repository, tables: Tables, forget: Callable[[Item], None]) -> None:
        self.store, self.tables, self._forget = store, tables, forget
        self.registry, self.by = FakeRegistry(store), person("", Role.ADMIN)
        self._client: Any = boto3.client("dynamodb", endpoint_url=tables.endpoint)

    async def model(self, name: str) -> Model:
        """A model with a ready version of SIZE bytes and an upload under way."""
        model = await make_model(self.registry, self.by, name)
        await make_ready(self.registry, self.by, model)
        await make_draft(self.registry, self.by, model, "1.0.1")
        await make_upload(self.registry, self.by, model, "1.0.1")
        for number in ("1.0.0", "1.0.1"):
            self._client.update_item(
                TableName=self.tables.table,
                Key=attributes(version_key(model.id, number)),
                UpdateExpression="REMOVE stored_bytes",
            )
        self._forget(use_key(model.id))
        for quota in COUNTED:
            self._forget(quota_key(self.by.tenant_id, quota))
        return model

    async def use(self) -> tuple[int, ...]:
        found = await used(self.store, self.by.tenant_id)
        return tuple(found[quota] for quota in COUNTED)


@pytest.fixture
def earlier(tables: Tables, client: Any, forget: Callable[[Item], None]) -> Earlier:
    forget(COUNTED_KEY)
    return Earlier(DynamoRepository(Table(tables.table, client)), tables, forget)


async def test_a_change_counts_its_model_of_an_earlier_release_first(earlier: Earlier) -> None:
    model = await earlier.model("iris")
    assert await earlier.use() == (0, 0, 0, 0)
    await make_draft(earlier.registry, earlier.by, model, "2.0.0")
    assert await earlier.use() == (1, 3, 1, SIZE)


async def test_a_sweep_counts_all_models_of_earlier_releases_once(earlier: Earlier) -> None:
    models = [await earlier.model(name) for name in "ab"]
    await LeftoverService(earlier.store).sweep()
    assert await earlier.use() == (2, 4, 2, 2 * SIZE)
    await LeftoverService(earlier.store).sweep()
    for model in models:
        await make_draft(earlier.registry, earlier.by, model, "2.0.0")
    assert await earlier.use() == (2, 6, 2, 2 * SIZE)


async def test_a_model_that_was_never_counted_takes_nothing_off(earlier: Earlier) -> None:
    model = await earlier.model("iris")
    await earlier.registry.delete_model(earlier.by, model.id)
    assert await earlier.use() == (0, 0, 0, 0)


async def test_changes_at_once_count_their_model_once(earlier: Earlier, client: Any) -> None:
    model = await earlier.model("iris")
    rivals = [FakeRegistry(DynamoRepository(Table(earlier.tables.table, client))) for _ in range(4)]
    drafts = [make_draft(rivals[number % 4], earlier.by, model, f"2.0.{number}") for number in range(12)]
    sweeps = [LeftoverService(earlier.store).sweep() for _ in range(2)]
    found = await asyncio.gather(*drafts, *sweeps)
    assert sum(isinstance(version, Version) for version in found) == 12
    assert await earlier.use() == (1, 14, 1, SIZE)


async def test_an_upload_of_an_earlier_release_counts_once_it_is_checked(earlier: Earlier) -> None:
    model = await earlier.model("iris")
    first = await make_upload(earlier.registry, earlier.by, model, "1.0.1", size=SIZE // 2, replace=True)
    await earlier.registry.complete_upload(earlier.by, first.id, SHA256)
    assert await earlier.use() == (1, 2, 0, SIZE + SIZE // 2)


async def test_a_full_organization_of_an_earlier_release_is_refused_once_it_is_counted(
    earlier: Earlier, client: Any
) -> None:
    model = await earlier.model("iris")
    limited = FakeRegistry(DynamoRepository(Table(earlier.tables.table, client), limits={Quota.VERSIONS: 2}))
    with pytest.raises(QuotaExceeded, match="2 of at most 2 versions"):
        await make_draft(limited, earlier.by, model, "2.0.0")


async def test_a_deletion_that_was_killed_releases_all_at_once_and_is_purged_later(
    tables: Tables, client: Any, by: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = CrashingTable(tables.table, client, random.Random(0), 0)
    store = DynamoRepository(table)
    registry = FakeRegistry(store)
    model = await make_model(registry, by)
    await make_ready(registry, by, model)
    monkeypatch.setattr(table, "delete", _dies)
    with pytest.raises(Unavailable):
        await registry.delete_model(by, model.id)
    assert await used(store, by.tenant_id) == dict.fromkeys(COUNTED, 0)
    assert len(items_of(tables, by.tenant_id)) == 1
    fresh = DynamoRepository(Table(tables.table, client))
    await LeftoverService(fresh).sweep()
    assert len(items_of(tables, by.tenant_id)) == 1, "a purge may be under way for some minutes"
    monkeypatch.setattr(leftovers, "PURGE_AFTER", timedelta())
    await LeftoverService(fresh).sweep()
    assert items_of(tables, by.tenant_id) == []


async def _dies(*_: object) -> None:
    raise Unavailable("the process was killed here")
