"""Uploads whose parts the store has removed: told as dropped, and no URL is signed for them."""

import pytest

from maas.domain.errors import WrongState
from maas.domain.identity.principals import Principal
from maas.domain.uploads.sessions import Upload, UploadState
from maas.services.upload_parts import PartRequest
from tests.support.upload_world import ADA, UploadWorld, make_world


@pytest.fixture
async def world() -> UploadWorld:
    return await make_world()


async def test_an_upload_lost_by_the_store_is_dropped_and_takes_no_parts(world: UploadWorld) -> None:
    upload = await world.started()
    world.objects.open.clear()
    progress = await world.service.progress(ADA, upload.id)
    assert (progress.dropped, progress.received, progress.missing) == (True, (), ())
    with pytest.raises(WrongState, match="start again with replace: true"):
        await world.service.sign(ADA, upload.id, [PartRequest(1)])
    await world.start(replace=True)
    again = await world.service.progress(ADA, upload.id)
    assert (again.upload.state, again.dropped) == (UploadState.ABORTED, False)


async def test_a_file_that_is_put_together_takes_no_parts(world: UploadWorld) -> None:
    upload = await world.started()
    parts = world.objects.parts(upload.storage_key, upload.storage_upload_id)
    world.objects.finish(upload.storage_key, upload.storage_upload_id, parts)
    assert not (await world.service.progress(ADA, upload.id)).dropped
    with pytest.raises(WrongState, match="complete the upload again"):
        await world.service.sign(ADA, upload.id, [PartRequest(1)])


async def test_an_upload_that_ends_while_it_is_read_is_told_as_it_is_now(
    world: UploadWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = await world.started()
    world.objects.open.clear()
    open_, read = upload, world.registry.get_upload
    await world.service.abort(ADA, upload.id)
    answers = [open_]

    async def first_open(by: Principal, upload_id: str) -> Upload:
        return answers.pop() if answers else await read(by, upload_id)

    monkeypatch.setattr(world.registry, "get_upload", first_open)
    progress = await world.service.progress(ADA, upload.id)
    assert (progress.upload.state, progress.dropped) == (UploadState.ABORTED, False)
    answers.append(open_)
    with pytest.raises(WrongState, match="the upload is aborted; it takes no more parts"):
        await world.service.sign(ADA, upload.id, [PartRequest(1)])
