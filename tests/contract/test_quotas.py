"""Quotas of an organization, on every store of the registry: what counts, what ends it, and the refusals."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.registry.catalog import overdue
from functions.registry.catalog.overdue import OverdueService
from functions.registry.contention import Contention
from functions.registry.ports import Repository
from maas.domain.catalog.models import Model
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.clock import now
from maas.domain.errors import AlreadyExists
from maas.domain.identity.principals import Principal, Role, validator
from maas.domain.quotas import Quota, QuotaExceeded
from maas.domain.uploads.sessions import Upload
from maas.domain.uploads.validation import VALIDATING_MAX
from tests.contract.conftest import StoreWith
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import (
    SHA256,
    SIZE,
    artifact,
    make_draft,
    make_model,
    make_published,
    make_ready,
    make_upload,
    person,
)

LIMITS = {Quota.MODELS: 3, Quota.VERSIONS: 3, Quota.OPEN_UPLOADS: 2, Quota.STORED_BYTES: 100}


class World:
    """An organization, its admin, and the registry."""

    def __init__(self, store: Repository) -> None:
        self.store = store
        self.registry = FakeRegistry(store)
        self.by: Principal = person("", Role.ADMIN)

    async def use(self) -> tuple[int, int, int, int]:
        """The number of models, versions and open uploads, and the stored bytes."""
        found = {usage.quota: usage.use for usage in await self.store.usage(self.by.tenant_id)}
        return found[Quota.MODELS], found[Quota.VERSIONS], found[Quota.OPEN_UPLOADS], found[Quota.STORED_BYTES]

    async def model(self, name: str = "iris") -> Model:
        return await make_model(self.registry, self.by, name)

    async def uploading(self, model: Model, number: str = "1.0.0", size: int = 40) -> str:
        await make_draft(self.registry, self.by, model, number)
        return (await make_upload(self.registry, self.by, model, number, size=size)).id


@pytest.fixture
def world(store: Repository) -> World:
    return World(store)


@pytest.fixture
def small(store_with: StoreWith) -> World:
    """A store with the quotas of LIMITS."""
    return World(store_with(LIMITS))


async def refused(quota: Quota, call: Awaitable[object]) -> QuotaExceeded:
    with pytest.raises(QuotaExceeded) as error:
        await call
    assert (error.value.quota, error.value.limit) == (quota, LIMITS[quota])
    assert [field.field for field in error.value.fields] == [quota]
    return error.value


async def test_models_drafts_and_uploads_count_from_their_start(world: World) -> None:
    assert await world.use() == (0, 0, 0, 0)
    model = await world.model()
    assert await world.use() == (1, 0, 0, 0)
    await make_model(world.registry, world.by, "with a draft", version="1.0.0")
    await world.uploading(model, size=40)
    assert await world.use() == (2, 2, 1, 40)


async def test_a_checked_file_keeps_its_bytes_until_its_model_goes(world: World) -> None:
    model = await world.model()
    size = (await make_published(world.registry, world.by, model)).artifact.size  # type: ignore[union-attr]
    await world.registry.deprecate_version(world.by, model.id, "1.0.0")
    assert await world.use() == (1, 1, 0, size)
    await world.registry.delete_model(world.by, model.id)
    assert await world.use() == (0, 0, 0, 0)


async def _abort(world: World, model: Model, upload: str) -> None:
    await world.registry.abort_upload(world.by, upload)


async def _complete(world: World, model: Model, upload: str) -> None:
    await world.registry.complete_upload(world.by, upload, SHA256)


async def _fail(world: World, model: Model, upload: str) -> None:
    await _complete(world, model, upload)
    await world.registry.record_validation(validator(world.by.tenant_id), upload, "it is not ONNX")


async def _delete_version(world: World, model: Model, upload: str) -> None:
    await world.registry.delete_version(world.by, model.id, "1.0.0")


async def _replace(world: World, model: Model, upload: str) -> None:
    await make_upload(world.registry, world.by, model, size=7, replace=True)


async def _replace_completed(world: World, model: Model, upload: str) -> None:
    await _complete(world, model, upload)
    await _replace(world, model, upload)


async def _delete_model(world: World, model: Model, upload: str) -> None:
    await world.registry.delete_model(world.by, model.id)


ENDS: Mapping[Callable[[World, Model, str], Awaitable[None]], tuple[int, int, int, int]] = {
    _abort: (1, 1, 0, 0),
    _complete: (1, 1, 0, 40),
    _fail: (1, 1, 0, 0),
    _delete_version: (1, 0, 0, 0),
    _replace: (1, 1, 1, 7),
    _replace_completed: (1, 1, 1, 7),
    _delete_model: (0, 0, 0, 0),
}


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__.strip("_"))
async def test_what_ends_an_upload_takes_it_off(
    world: World, end: Callable[[World, Model, str], Awaitable[None]]
) -> None:
    model = await world.model()
    upload = await world.uploading(model)
    assert await world.use() == (1, 1, 1, 40)
    await end(world, model, upload)
    assert await world.use() == ENDS[end]


async def test_an_overdue_check_releases_its_bytes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    model = await world.model()
    await _complete(world, model, await world.uploading(model))
    monkeypatch.setattr(overdue, "now", lambda: now() + VALIDATING_MAX + timedelta(seconds=10))
    await OverdueService(world.store, Contention()).sweep()
    assert await world.use() == (1, 1, 0, 0)


async def test_the_next_model_is_refused_with_limit_and_use(small: World) -> None:
    for name in "abc":
        await small.model(name)
    error = await refused(Quota.MODELS, small.model("d"))
    assert error.use == 3
    assert error.message == "the organization has 3 of at most 3 models; delete one that is not needed"
    assert await small.use() == (3, 0, 0, 0)


async def test_a_taken_name_is_told_before_a_full_quota(small: World) -> None:
    for name in "abc":
        await small.model(name)
    with pytest.raises(AlreadyExists):
        await small.model("a")


async def test_versions_are_limited_over_all_models(small: World) -> None:
    first, second = await small.model("a"), await small.model("b")
    for number in ("1.0.0", "1.0.1"):
        await make_draft(small.registry, small.by, first, number)
    await small.registry.create_version(small.by, second.id, NewVersion(bump="minor"))
    await refused(Quota.VERSIONS, small.registry.create_version(small.by, second.id, NewVersion(bump="minor")))
    await refused(Quota.VERSIONS, make_model(small.registry, small.by, "c", version="1.0.0"))
    assert await small.use() == (2, 3, 0, 0)


async def test_open_uploads_are_limited_and_completed_ones_are_not(small: World) -> None:
    model = await small.model()
    uploads = [await small.uploading(model, number, 1) for number in ("1.0.0", "1.0.1")]
    await refused(Quota.OPEN_UPLOADS, small.uploading(model, "1.0.2", 1))
    await _complete(small, model, uploads[0])
    await make_upload(small.registry, small.by, model, "1.0.2", size=1)
    assert await small.use() == (1, 3, 2, 3)


async def test_a_file_that_does_not_fit_is_refused_by_its_bytes(small: World) -> None:
    model = await small.model()
    await small.uploading(model, size=60)
    error = await refused(Quota.STORED_BYTES, small.uploading(model, "1.0.1", 41))
    assert error.use == 60
    assert error.message.startswith("the organization has 60 of at most 100 bytes, and this needs 41 more;")
    await make_upload(small.registry, small.by, model, "1.0.1", size=40)
    assert await small.use() == (1, 2, 2, 100)


async def test_a_file_larger_than_the_quota_is_refused_from_the_first(small: World) -> None:
    error = await refused(Quota.STORED_BYTES, small.uploading(await small.model(), size=101))
    assert error.use == 0


async def test_a_full_organization_may_replace_a_file_by_a_smaller_one(small: World) -> None:
    model = await small.model()
    await small.uploading(model, size=100)
    await make_upload(small.registry, small.by, model, size=99, replace=True)
    await refused(Quota.STORED_BYTES, make_upload(small.registry, small.by, model, size=101, replace=True))
    assert await small.use() == (1, 1, 1, 99)


async def test_a_file_that_is_not_sent_again_counts_as_often_as_it_is_used(store_with: StoreWith) -> None:
    """Otherwise its bytes would have to move to another version when the first one goes."""
    world = World(store_with({Quota.STORED_BYTES: 2 * SIZE}))
    by, registry, model = world.by, world.registry, await world.model()

    async def checked(number: str) -> Upload:
        await make_draft(registry, by, model, number)
        upload = await make_upload(registry, by, model, number, SHA256)
        if await registry.find_contents(by, model.id, [SHA256]):
            upload = await registry.reuse_contents(by, upload.id, ["iris.onnx"])
        await registry.complete_upload(by, upload.id, SHA256)
        found = replace(artifact(upload), storage_key=upload.file_key)
        await registry.record_validation(validator(by.tenant_id), upload.id, found)
        return upload

    first, second = await checked("1.0.0"), await checked("1.1.0")
    assert second.file_key == first.storage_key
    assert await world.use() == (1, 2, 0, 2 * SIZE)
    with pytest.raises(QuotaExceeded, match=f"this needs {SIZE} more"):
        await checked("1.2.0")
    await registry.delete_version(by, model.id, "1.0.0")
    assert await world.use() == (1, 2, 0, SIZE)
    third = await make_upload(registry, by, model, "1.2.0", SHA256)
    assert (await registry.reuse_contents(by, third.id, ["iris.onnx"])).file_key == first.storage_key
    assert await world.use() == (1, 2, 1, 2 * SIZE)
    await registry.abort_upload(by, third.id)
    assert await world.use() == (1, 2, 0, SIZE)


async def test_a_lower_limit_takes_nothing_away(store_with: StoreWith) -> None:
    world = World(store_with({Quota.STORED_BYTES: 10}))
    upload = await world.uploading(model := await world.model(), size=10)
    await _complete(world, model, upload)
    found = artifact(await world.registry.get_upload(world.by, upload))
    await world.registry.record_validation(validator(world.by.tenant_id), upload, found)
    await world.registry.publish_version(world.by, model.id, "1.0.0")
    assert await world.use() == (1, 1, 0, 10)


async def test_organizations_do_not_share_a_quota(small: World) -> None:
    for name in "abc":
        await small.model(name)
    other = World(small.store)
    await other.model("d")
    assert (await small.use(), await other.use()) == ((3, 0, 0, 0), (1, 0, 0, 0))


async def test_fifty_creations_at_once_fill_the_quota_exactly(store_with: StoreWith) -> None:
    world = World(store_with({Quota.MODELS: 12}))
    for number in range(7):
        await world.model(f"model {number}")
    results = await asyncio.gather(*(world.model(f"new {n}") for n in range(50)), return_exceptions=True)
    assert sum(isinstance(result, Model) for result in results) == 5
    assert {type(result) for result in results if not isinstance(result, Model)} == {QuotaExceeded}
    assert await world.use() == (12, 0, 0, 0)


async def test_uploads_at_once_never_reserve_more_than_the_limit(store_with: StoreWith) -> None:
    world = World(store_with({Quota.STORED_BYTES: 100}))
    models = [await world.model(f"model {number}") for number in range(10)]
    starts = [world.uploading(model, size=30) for model in models]
    results = await asyncio.gather(*starts, return_exceptions=True)
    assert sum(isinstance(result, str) for result in results) == 3
    assert await world.use() == (10, 10, 3, 90)


async def test_ready_versions_are_replaced_and_deleted_without_a_rest(world: World) -> None:
    model = await world.model()
    await make_ready(world.registry, world.by, model)
    await make_upload(world.registry, world.by, model, size=5, replace=True)
    assert await world.use() == (1, 1, 1, 5)
    await world.registry.delete_version(world.by, model.id, "1.0.0")
    assert await world.use() == (1, 0, 0, 0)
