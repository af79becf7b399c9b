"""Uploads that are replaced, and versions that are deleted: the remover leaves nothing of them in the store."""

from collections.abc import Sequence
from typing import Any

import pytest

from functions.registry.stored import StoredVersion
from maas.domain.catalog.versions import Artifact, VersionState
from maas.domain.errors import NotFound, Unavailable, WrongState
from maas.domain.identity.principals import Principal, validator
from maas.domain.uploads.sessions import Upload, UploadStart
from maas.domain.uploads.stored_parts import StoredPart
from maas.domain.uploads.version_files import Finding
from maas.services.upload_parts import PartRequest
from maas.services.validation import ValidationService
from tests.fakes.inspector import FakeInspector
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import FakeRegistry
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.upload_world import ADA, UploadWorld, make_world


@pytest.fixture
async def world() -> UploadWorld:
    return await make_world()


def stored(world: UploadWorld) -> set[str]:
    """The storage keys of everything in the store."""
    return {*world.objects.objects, *(key for key, _ in world.objects.open)}


async def in_state(world: UploadWorld, state: VersionState) -> Upload:
    upload = await world.ready() if state is VersionState.READY else await world.started()
    if state is VersionState.VALIDATING:
        await world.service.complete(ADA, upload.id)
    assert await world.state() is state
    return upload


UNPUBLISHED = pytest.mark.parametrize("state", [VersionState.UPLOADING, VersionState.VALIDATING, VersionState.READY])


@UNPUBLISHED
async def test_a_replacement_leaves_only_the_new_upload(world: UploadWorld, state: VersionState) -> None:
    first = await in_state(world, state)
    second, urls = await world.start(replace=True)
    await world.remove_unused()
    assert (second.replaces, stored(world)) == (first.id, {second.storage_key})
    world.put(urls)
    await world.service.complete(ADA, second.id)
    assert await world.state() is VersionState.VALIDATING


@UNPUBLISHED
async def test_a_deleted_version_leaves_nothing(world: UploadWorld, state: VersionState) -> None:
    await in_state(world, state)
    await world.registry.delete_version(ADA, world.model_id, "1.0.0")
    await world.remove_unused()
    assert stored(world) == set()
    with pytest.raises(NotFound):
        await world.state()


async def test_a_refused_replacement_leaves_the_published_file(world: UploadWorld) -> None:
    upload = await world.ready()
    await world.registry.publish_version(ADA, world.model_id, "1.0.0")
    with pytest.raises(WrongState):
        await world.start(replace=True)
    with pytest.raises(WrongState):
        await world.registry.delete_version(ADA, world.model_id, "1.0.0")
    await world.remove_unused()
    assert stored(world) == {upload.storage_key}


async def test_a_replaced_upload_says_which_upload_replaced_it(world: UploadWorld) -> None:
    first = await world.started()
    second, _ = await world.start(replace=True)
    said = f"the upload is aborted; upload {second.id} has replaced it"
    with pytest.raises(WrongState, match=said):
        await world.service.complete(ADA, first.id)
    with pytest.raises(WrongState, match=said):
        await world.service.sign(ADA, first.id, [PartRequest(1)])
    assert (await world.service.progress(ADA, first.id)).upload.replaced_by == second.id
    await world.service.abort(ADA, first.id)
    await world.remove_unused()
    assert (await world.state(), stored(world)) == (VersionState.UPLOADING, {second.storage_key})


async def test_a_file_assembled_while_it_is_replaced_is_removed(world: UploadWorld) -> None:
    first = await world.started()

    class Slow(FakeObjectStore):
        def finish(self, key: str, storage_upload_id: str, parts: Sequence[StoredPart]) -> None:
            parts_of_first = dict(self.open[key, storage_upload_id])
            run_to_end(replacement.start(replace=True))
            self.open[key, storage_upload_id] = parts_of_first  # S3 had begun to assemble the file
            super().finish(key, storage_upload_id, parts)

    slow = Slow()
    vars(slow).update(vars(world.objects))
    world.objects = slow
    replacement = UploadWorld(world.model_id, world.registry, slow, world.graphs, world.queue)
    with pytest.raises(WrongState, match="has replaced it"):
        await world.service.complete(ADA, first.id)
    assert first.storage_key in stored(world)
    await world.remove_unused()
    assert first.storage_key not in stored(world)


def run_to_end(coroutine: Any) -> None:
    """Runs a coroutine that never waits: the fakes answer at once."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


async def test_a_start_whose_answer_was_lost_succeeds(world: UploadWorld) -> None:
    class Forgetful(FakeRegistry):
        async def start_upload(self, by: Principal, start: UploadStart) -> Upload:
            await super().start_upload(by, start)
            raise Unavailable("no answer in time")

    world.registry = Forgetful(world.registry._repository)
    upload = await world.started()
    await world.service.complete(ADA, upload.id)
    assert await world.state() is VersionState.VALIDATING


async def test_a_late_complete_answers_although_the_file_was_refused(world: UploadWorld) -> None:
    upload = await world.started()

    class Slow(FakeRegistry):
        late = True

        async def get_upload(self, by: Principal, upload_id: str) -> Upload:
            found = await super().get_upload(by, upload_id)
            if self.late:
                self.late = False
                await rival.service.complete(ADA, upload_id)
                await self.record_validation(validator(ADA.tenant_id), upload_id, "it is not ONNX")
                world.objects.remove(found.storage_key)
            return found

    rival = UploadWorld(world.model_id, world.registry, world.objects)
    world.registry = Slow(world.registry._repository)
    assert (await world.service.complete(ADA, upload.id)).id == upload.id
    assert await world.state() is VersionState.FAILED


@pytest.mark.parametrize("how", ["replaced", "deleted"])
async def test_a_validation_of_a_file_given_up_meanwhile_leaves_nothing(world: UploadWorld, how: str) -> None:
    upload = await in_state(world, VersionState.VALIDATING)

    class Late(FakeRegistry):
        async def record_validation(
            self, by: Principal, upload_id: str, outcome: Artifact | str, findings: Sequence[Finding] = ()
        ) -> StoredVersion:
            if how == "replaced":
                await world.start(replace=True)
            else:
                await world.registry.delete_version(ADA, world.model_id, "1.0.0")
            world.objects.objects[f"{upload.storage_key}.graph.json.gz"] = b""  # the validator was about to
            return await super().record_validation(by, upload_id, outcome, findings)

    late = Late(world.registry._repository)
    service = ValidationService(late, world.objects, world.graphs, FakeInspector(), FakeValidationQueue())
    await service.check(upload.id, ADA.tenant_id)
    await world.remove_unused()
    assert not {key for key in stored(world) if key.startswith(upload.storage_key)}
