"""Uploads that are aborted, with fakes of registry and store."""

import pytest

from maas.domain.catalog.versions import VersionState
from maas.domain.errors import WrongState
from tests.support.upload_world import ADA, UploadWorld, make_world


@pytest.fixture
async def world() -> UploadWorld:
    return await make_world()


async def test_an_abort_frees_the_version_and_the_store(world: UploadWorld) -> None:
    upload = await world.started()
    await world.service.abort(ADA, upload.id)
    await world.service.abort(ADA, upload.id)
    await world.remove_unused()
    assert world.objects.open == {}
    assert await world.state() is VersionState.DRAFT


async def test_an_abort_removes_a_file_assembled_before_a_crash(world: UploadWorld) -> None:
    upload = await world.started()
    parts = world.objects.parts(upload.storage_key, upload.storage_upload_id)
    world.objects.finish(upload.storage_key, upload.storage_upload_id, parts)
    await world.service.abort(ADA, upload.id)
    await world.remove_unused()
    assert world.objects.objects == {}


async def test_a_completed_upload_cannot_be_aborted(world: UploadWorld) -> None:
    upload = await world.started()
    await world.service.complete(ADA, upload.id)
    with pytest.raises(WrongState):
        await world.service.abort(ADA, upload.id)
    assert upload.storage_key in world.objects.objects


async def test_an_aborted_upload_cannot_be_completed(world: UploadWorld) -> None:
    upload = await world.started()
    await world.service.abort(ADA, upload.id)
    with pytest.raises(WrongState):
        await world.service.complete(ADA, upload.id)
    assert world.queue.sent == []
