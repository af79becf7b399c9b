"""Repairs of versions: uploads past their time end, versions that wait for nothing go on, and all else stays."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.registry.ports import Change
from functions.registry.stored import StoredVersion
from maas.domain.catalog.models import Model
from maas.domain.catalog.versions import VersionState
from maas.domain.clock import now
from maas.domain.errors import InvalidInput
from maas.domain.identity.principals import Principal, collector
from maas.domain.ids import new_id
from maas.domain.uploads.contents import Repairs
from maas.domain.uploads.sessions import Upload, UploadState
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.registry_server import SHA256, make_draft, make_model, make_ready, make_upload, person

BY = person()


class World:
    def __init__(self) -> None:
        self.store = MemoryRepository()
        self.registry = FakeRegistry(self.store)

    async def uploading(self, by: Principal = BY) -> tuple[Model, Upload]:
        model = await make_model(self.registry, by, name=f"m {new_id()}")
        await make_draft(self.registry, by, model)
        return model, await make_upload(self.registry, by, model)

    async def put(self, before: Upload, **changes: object) -> Upload:
        after = replace(before, **changes)  # type: ignore[arg-type]
        await self.store.commit(Change(before, after), by=BY)
        return after

    async def version(self, model: Model) -> StoredVersion:
        found = await self.store.version(model.id, "1.0.0")
        assert found
        return found

    async def repaired(self, limit: int = 1000) -> list[Repairs]:
        done = [await self.registry.repair_uploads(collector(), after="", limit=limit)]
        while done[-1].after:
            done.append(await self.registry.repair_uploads(collector(), after=done[-1].after, limit=limit))
        return done


@pytest.fixture
def world() -> World:
    return World()


async def test_an_upload_past_its_time_is_aborted(world: World) -> None:
    model, upload = await world.uploading()
    await world.put(upload, expires_at=now() - timedelta(seconds=1))
    (done,) = await world.repaired()
    assert (done.checked, done.expired, done.repaired) == (2, 1, 0)
    ended = await world.store.upload(upload.id)
    assert ended is not None
    assert ended.state is UploadState.ABORTED
    version = await world.version(model)
    assert (version.state, version.stored_bytes) == (VersionState.DRAFT, 0)


async def test_an_upload_within_its_time_goes_on(world: World) -> None:
    model, upload = await world.uploading()
    (done,) = await world.repaired()
    assert (done.expired, done.repaired) == (0, 0)
    assert (await world.registry.complete_upload(BY, upload.id, SHA256)).state is UploadState.COMPLETED
    assert (await world.version(model)).state is VersionState.VALIDATING


@pytest.mark.parametrize(
    ("state", "becomes"),
    [(UploadState.ABORTED, VersionState.DRAFT), (UploadState.COMPLETED, VersionState.VALIDATING)],
)
async def test_a_version_whose_upload_has_ended_goes_on(
    world: World, state: UploadState, becomes: VersionState
) -> None:
    model, upload = await world.uploading()
    await world.put(upload, state=state)
    (done,) = await world.repaired()
    assert (done.expired, done.repaired) == (0, 1)
    assert (await world.version(model)).state is becomes


async def test_a_version_without_its_upload_is_a_draft_again(world: World) -> None:
    model, upload = await world.uploading()
    world.store._records.pop(("upload", upload.id))
    (done,) = await world.repaired()
    assert done.repaired == 1
    assert (await world.version(model)).state is VersionState.DRAFT


async def test_a_check_that_everybody_forgot_fails(world: World) -> None:
    model, upload = await world.uploading()
    await world.registry.complete_upload(BY, upload.id, SHA256)
    version = await world.version(model)
    await world.store.commit(Change(version, replace(version, updated_at=now() - timedelta(hours=9))), by=BY)
    (done,) = await world.repaired()
    assert done.repaired == 1
    assert (await world.version(model)).state is VersionState.FAILED


async def test_all_organizations_are_gone_through_in_steps(world: World) -> None:
    for by in (person(), person(), BY):
        model, upload = await world.uploading(by)
        await world.put(upload, expires_at=now())
        for minor in range(1, 4):
            await make_ready(world.registry, by, model, f"1.{minor}.0")
    steps = await world.repaired(limit=2)
    assert (sum(step.checked for step in steps), sum(step.expired for step in steps)) == (3 * 5, 3)
    assert len(steps) > 4
    assert sum(step.expired for step in await world.repaired()) == 0


async def test_a_place_that_no_call_gave_is_refused(world: World) -> None:
    for after in ("x", "[]", "[1, 2]", "7"):
        with pytest.raises(InvalidInput):
            await world.registry.repair_uploads(collector(), after=after, limit=9)
