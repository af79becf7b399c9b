"""Removal of files: what nothing names goes, what a version or an upload names stays, at every moment."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.registry.stored import StoredVersion
from maas.domain.capturing.captures import END_SECONDS, captures_prefix, new_key
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import NotFound, PermissionDenied, Unavailable
from maas.domain.identity.principals import Principal, Scope, remover, validator
from maas.domain.ids import new_id
from maas.domain.removals import Removal
from maas.domain.uploads.sessions import Upload, storage_key
from maas.services.ports.messaging import DELAY_MAX
from maas.services.removal import PAGE, POSTPONED, RemovalService
from tests.fakes.monitoring import FakeModelTraces
from tests.fakes.registry import FakeRegistry
from tests.fakes.removal_queue import FakeRemovalQueue
from tests.support.upload_world import ADA, UploadWorld, make_world

GRACE = 3600


@pytest.fixture
async def world() -> UploadWorld:
    return await make_world()


@pytest.fixture
def queue() -> FakeRemovalQueue:
    return FakeRemovalQueue()


def place(world: UploadWorld, version: str = "1.0.0", **changes: object) -> Removal:
    found = Removal(tenant_id=ADA.tenant_id, model_id=world.model_id, version=version, since=0)
    return replace(found, **changes)  # type: ignore[arg-type]


async def remove(
    world: UploadWorld,
    queue: FakeRemovalQueue,
    removal: Removal,
    grace: int = 0,
    traces: FakeModelTraces | None = None,
) -> None:
    await RemovalService(world.registry, world.objects, queue, grace, traces or FakeModelTraces()).remove(removal)


def stored(world: UploadWorld) -> set[str]:
    return {*world.objects.objects, *(key for key, _ in world.objects.open)}


async def in_state(world: UploadWorld, state: VersionState) -> Upload:
    """An upload of a version in this state."""
    if state in (VersionState.READY, VersionState.PUBLISHED):
        upload = await world.ready()
        if state is VersionState.PUBLISHED:
            await world.registry.publish_version(ADA, world.model_id, "1.0.0")
        return upload
    upload = await world.started()
    if state is not VersionState.UPLOADING:
        await world.service.complete(ADA, upload.id)
    if state is VersionState.FAILED:
        await world.registry.record_validation(validator(ADA.tenant_id), upload.id, "refused")
    return upload


@pytest.mark.parametrize(
    "state", [VersionState.UPLOADING, VersionState.VALIDATING, VersionState.READY, VersionState.PUBLISHED]
)
async def test_what_a_version_names_stays(world: UploadWorld, queue: FakeRemovalQueue, state: VersionState) -> None:
    upload = await in_state(world, state)
    if state is not VersionState.UPLOADING:
        world.objects.objects[f"{upload.storage_key}.graph.json.gz"] = b""
    before = stored(world)
    await remove(world, queue, place(world))
    assert stored(world) == before


async def test_a_failed_version_loses_its_file_and_its_graph(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    upload = await in_state(world, VersionState.FAILED)
    world.objects.objects[f"{upload.storage_key}.graph.json.gz"] = b""
    await remove(world, queue, place(world))
    assert (stored(world), queue.sent) == (set(), [])


async def test_a_number_used_again_keeps_its_new_file_only(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    await in_state(world, VersionState.READY)
    await world.registry.delete_version(ADA, world.model_id, "1.0.0")
    await make_draft(world)
    again = await in_state(world, VersionState.READY)
    await remove(world, queue, place(world))
    assert stored(world) == {again.storage_key}


async def make_draft(world: UploadWorld) -> None:
    await world.registry.create_version(ADA, world.model_id, NewVersion(version="1.0.0"))


async def test_a_deleted_model_loses_all_in_pages(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    await in_state(world, VersionState.PUBLISHED)
    for number in range(PAGE + 5):
        world.objects.objects[storage_key(ADA.tenant_id, world.model_id, f"1.{number}.0", new_id())] = b""
    other = storage_key(ADA.tenant_id, new_id(), "1.0.0", new_id())
    world.objects.objects[other] = b""
    await world.registry.delete_model(ADA, world.model_id)
    await remove(world, queue, place(world, ""))
    assert len(stored(world)) == 7
    (rest,) = queue.sent
    await remove(world, queue, rest)
    assert (stored(world), len(queue.sent)) == ({other}, 1)


async def test_a_model_that_exists_is_never_removed_as_a_whole(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    await in_state(world, VersionState.FAILED)
    before = stored(world)
    await remove(world, queue, place(world, ""))
    assert stored(world) == before


async def test_pages_go_on_behind_what_stays(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    kept = await in_state(world, VersionState.READY)
    folder = kept.storage_key.rpartition("/")[0]
    for number in range(PAGE):
        world.objects.objects[f"{folder}/{kept.id}.{number:03}"] = b""
    world.objects.objects[f"{folder}/unknown"] = b""
    await remove(world, queue, place(world))
    (rest,) = queue.sent
    assert rest.after == f"{folder}/{kept.id}.{PAGE - 2:03}"
    await remove(world, queue, rest)
    assert f"{folder}/unknown" not in stored(world)
    assert len(stored(world)) == PAGE + 1


async def test_files_stay_until_the_grace_has_passed(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    await in_state(world, VersionState.FAILED)
    before, now = stored(world), int(time.time())
    waiting = place(world, since=now)
    await remove(world, queue, waiting, GRACE)
    await remove(world, queue, replace(waiting, since=now - GRACE + 60), GRACE)
    assert (stored(world), queue.sent[0]) == (before, waiting)
    assert queue.delays[0] == DELAY_MAX
    assert 50 <= queue.delays[1] <= 60
    await remove(world, queue, replace(waiting, since=now - GRACE), GRACE)
    assert stored(world) == set()


async def test_an_earlier_file_goes_while_the_next_one_is_checked(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    first = await in_state(world, VersionState.FAILED)
    second = await in_state(world, VersionState.VALIDATING)
    assert stored(world) == {first.storage_key, second.storage_key}
    await remove(world, queue, place(world))
    assert (stored(world), queue.sent) == ({second.storage_key}, [])
    await world.registry.record_validation(validator(ADA.tenant_id), second.id, "refused")
    await remove(world, queue, place(world))
    assert stored(world) == set()


async def test_a_registry_of_an_earlier_release_decides_nothing(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    """Such a registry does not say which upload a version waits for."""
    first = await in_state(world, VersionState.FAILED)
    second = await in_state(world, VersionState.VALIDATING)

    class Earlier(FakeRegistry):
        async def get_version(
            self, by: Principal, model_id: str, ref: str, right: Scope | None = None
        ) -> StoredVersion:
            return replace(await super().get_version(by, model_id, ref, right), upload_id="")

    world.registry = Earlier(world.registry._repository)
    await remove(world, queue, place(world))
    assert stored(world) == {first.storage_key, second.storage_key}
    assert {removal.upload_id for removal in queue.sent} == {first.id, second.id}


async def test_an_upload_that_is_being_started_is_left_alone(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    key = storage_key(ADA.tenant_id, world.model_id, "1.0.0", new_id())
    world.objects.begin(key, checksums=False)
    await remove(world, queue, place(world), GRACE)
    assert stored(world) == {key}
    (later,) = queue.sent
    assert later.prefix == key
    await remove(world, queue, replace(later, since=0), -1)
    assert stored(world) == set()


async def test_an_unavailable_registry_postpones_the_removal(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    await in_state(world, VersionState.FAILED)
    before = stored(world)

    class Down(FakeRegistry):
        async def get_upload(self, by: Principal, upload_id: str) -> Upload:
            raise Unavailable("no answer in time")

    world.registry = Down(world.registry._repository)
    await remove(world, queue, place(world), GRACE)
    assert (stored(world), queue.sent, queue.delays) == (before, [place(world)], [POSTPONED])
    queue.down = True
    with pytest.raises(Unavailable):
        await remove(world, queue, place(world))


async def test_the_version_is_read_after_the_upload(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    upload = await in_state(world, VersionState.UPLOADING)
    rival = UploadWorld(world.model_id, world.registry, world.objects)

    class Slow(FakeRegistry):
        """The upload is completed just before the remover reads it."""

        async def get_upload(self, by: Principal, upload_id: str) -> Upload:
            if by == remover(ADA.tenant_id):
                await rival.service.complete(ADA, upload_id)
            return await super().get_upload(by, upload_id)

    world.registry = Slow(world.registry._repository)
    await remove(world, queue, place(world))
    assert stored(world) == {upload.storage_key}


async def test_the_remover_may_record_nothing_and_sees_no_other_tenant(world: UploadWorld) -> None:
    upload = await in_state(world, VersionState.VALIDATING)
    with pytest.raises(PermissionDenied):
        await world.registry.record_validation(remover(ADA.tenant_id), upload.id, "refused")
    with pytest.raises(NotFound):
        await world.registry.get_model(remover("elsewhere"), world.model_id, Scope.UPLOADS_WRITE)


async def drained(world: UploadWorld, queue: FakeRemovalQueue, traces: FakeModelTraces) -> None:
    """Removes all of the model, message after message."""
    queue.sent.append(place(world, ""))
    while queue.sent:
        await remove(world, queue, queue.sent.pop(0), traces=traces)


async def test_with_a_model_all_that_its_predictions_left_is_removed(
    world: UploadWorld, queue: FakeRemovalQueue
) -> None:
    own = (ADA.tenant_id, world.model_id)
    traces = FakeModelTraces(own, own, (ADA.tenant_id, "other"))
    for number in range(PAGE + 1):
        world.objects.objects[f"{captures_prefix(*own)}{number}"] = b""
    kept = f"{captures_prefix(ADA.tenant_id, 'other')}1"
    world.objects.objects[kept] = b""
    await world.registry.delete_model(ADA, world.model_id)
    await drained(world, queue, traces)
    assert (stored(world), traces.kept) == ({kept}, [(ADA.tenant_id, "other")])


async def test_what_predictions_of_a_model_left_stays_with_the_model(
    world: UploadWorld, queue: FakeRemovalQueue
) -> None:
    own = (ADA.tenant_id, world.model_id)
    traces, key = FakeModelTraces(own), f"{captures_prefix(*own)}1"
    world.objects.objects[key] = b""
    await drained(world, queue, traces)
    await remove(world, queue, place(world), traces=traces)
    assert (key in stored(world), traces.kept) == (True, [own])


async def test_traces_that_cannot_be_removed_are_tried_again(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    traces = FakeModelTraces((ADA.tenant_id, world.model_id))
    traces.down = True
    await world.registry.delete_model(ADA, world.model_id)
    await remove(world, queue, place(world, ""), grace=3600, traces=traces)
    assert (queue.sent, queue.delays) == ([place(world, "")], [POSTPONED])


async def test_inputs_are_removed_after_their_capture_has_ended(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    upload = await in_state(world, VersionState.PUBLISHED)
    own, ended = (ADA.tenant_id, world.model_id), datetime.now(UTC)
    late, again = ended + timedelta(seconds=END_SECONDS - 1), ended + timedelta(seconds=END_SECONDS + 2)
    for _ in range(PAGE + 5):
        world.objects.objects[new_key(*own, 7, ended - timedelta(days=1))] = b""
    world.objects.objects[new_key(*own, 30, late)] = b""
    kept = {new_key(*own, 7, again), new_key(ADA.tenant_id, "other", 7, ended)}
    world.objects.objects |= dict.fromkeys(kept, b"")
    removal = place(world, "", captured=True, since=int(ended.timestamp()))
    await remove(world, queue, removal, GRACE)
    assert (len(stored(world)), queue.sent, queue.delays) == (PAGE + 9, [removal], [DELAY_MAX])
    queue.sent.clear()
    await remove(world, queue, removal, -1)
    assert queue.sent == [removal]
    await remove(world, queue, queue.sent.pop(), -1)
    assert (stored(world), queue.sent) == ({*kept, upload.storage_key}, [])


async def test_inputs_that_cannot_be_removed_are_tried_again(world: UploadWorld, queue: FakeRemovalQueue) -> None:
    world.objects.objects[new_key(ADA.tenant_id, world.model_id, 7)] = b""
    removal = place(world, "", captured=True, since=int(time.time()))

    def down(key: str) -> None:
        raise Unavailable(f"the fake store is down, and keeps {key}")

    world.objects.remove = down  # type: ignore[method-assign]
    await remove(world, queue, removal, -1)
    assert (len(stored(world)), queue.sent) == (1, [removal])
