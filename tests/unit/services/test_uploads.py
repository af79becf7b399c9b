"""Uploads, from the first URL to the queue, over fakes of registry, store and queue."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from maas.domain.catalog.models import ModelChange, NewModel
from maas.domain.catalog.versions import Artifact, Signature, Tensor, VersionState
from maas.domain.errors import InvalidInput, NotFound, Unavailable, WrongState
from maas.domain.identity.principals import Principal, validator
from maas.domain.ids import new_id
from maas.domain.uploads.sessions import PART_MIN, StoredPart, Upload, UploadState
from maas.services.downloads import DownloadService
from maas.services.upload_parts import PartRequest, SignedPart
from maas.services.uploads import NewUpload, UploadService
from tests.fakes.objects import FakeObjectStore, base64_digest
from tests.fakes.queue import FakeValidationQueue
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import person

ADA = person()
EVE = person(subject="eve", tenant="elsewhere")
CONTENT = b"a" * PART_MIN + b"the last part is short"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MAX_BYTES = 100 * PART_MIN


@dataclass
class World:
    """Everything that an upload touches, with a model of ADA's that has a draft 1.0.0."""

    model_id: str
    registry: FakeRegistry
    objects: FakeObjectStore = field(default_factory=FakeObjectStore)
    queue: FakeValidationQueue = field(default_factory=FakeValidationQueue)

    @property
    def service(self) -> UploadService:
        return UploadService(self.registry, self.objects, self.queue, MAX_BYTES)

    @property
    def downloads(self) -> DownloadService:
        return DownloadService(self.registry, self.objects)

    async def start(self, by: Principal = ADA, **changes: Any) -> tuple[Upload, list[SignedPart]]:
        return await self.service.start(by, self.model_id, new(**changes))

    async def started(self, **changes: Any) -> Upload:
        """An upload whose parts have all arrived."""
        upload, urls = await self.start(**changes)
        self.put(urls)
        return upload

    def put(self, urls: Sequence[SignedPart], content: bytes = CONTENT) -> None:
        for part in urls:
            begin = (part.number - 1) * PART_MIN
            assert self.objects.put(part.url, content[begin : begin + part.length], part.headers) == 200

    async def state(self) -> VersionState:
        return (await self.registry.get_version(ADA, self.model_id, "1.0.0")).state

    async def ready(self) -> Upload:
        """A version whose file has passed validation."""
        upload = await self.started()
        await self.service.complete(ADA, upload.id)
        await self.registry.record_validation(validator(ADA.tenant_id), upload.id, artifact(upload))
        return upload


def new(**changes: Any) -> NewUpload:
    given: Mapping[str, Any] = {"version": "1.0.0", "filename": "m.onnx", "size": len(CONTENT), "sha256": SHA256}
    return NewUpload(**{**given, "part_size": PART_MIN, **changes})


def artifact(upload: Upload) -> Artifact:
    signature = Signature((Tensor("x", "float", (-1, 4)),), (Tensor("y", "int64", (-1,)),))
    return Artifact(storage_key=upload.storage_key, size=upload.size, sha256=SHA256, signature=signature)


@pytest.fixture
async def world() -> World:
    registry = fake_registry()
    model = await registry.create_model(ADA, NewModel(name="iris", framework="onnx", version="1.0.0"))
    return World(model.id, registry)


def broken(error: InvalidInput) -> tuple[str, str]:
    (found,) = error.fields
    return found.field, found.rule


async def test_a_start_signs_every_part_with_its_length(world: World) -> None:
    upload, urls = await world.start()
    assert [(part.number, part.length, part.headers) for part in urls] == [
        (1, PART_MIN, {"content-length": str(PART_MIN)}),
        (2, 22, {"content-length": "22"}),
    ]
    assert upload.state is UploadState.OPEN
    assert await world.state() is VersionState.UPLOADING


async def test_a_start_signs_at_most_sixteen_parts(world: World) -> None:
    _, urls = await world.start(size=20 * PART_MIN)
    assert [part.number for part in urls] == list(range(1, 17))


async def test_a_start_binds_the_checksums_given(world: World) -> None:
    md5 = base64_digest(CONTENT[:PART_MIN], "md5")
    _, urls = await world.start(parts=(PartRequest(1, md5=md5),))
    assert [(part.number, part.headers["content-md5"]) for part in urls] == [(1, md5)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"size": 0}, ("size", "range")),
        ({"size": MAX_BYTES + 1}, ("size", "range")),
        ({"part_size": 5}, ("part_size", "range")),
        ({"version": "1.0"}, ("version", "semver")),
        ({"filename": "../m.onnx"}, ("filename", "plain_name")),
        ({"sha256": "abc"}, ("sha256", "sha256")),
        ({"parts": (PartRequest(3),)}, ("parts[0].part_number", "range")),
        ({"parts": (PartRequest(1), PartRequest(1))}, ("parts[1].part_number", "repeated")),
        ({"parts": (PartRequest(1, md5="short"),)}, ("parts[0].md5", "base64")),
        ({"parts": (PartRequest(1, sha256="a" * 64),)}, ("parts[0].sha256", "base64")),
        ({"parts": (PartRequest(1, base64_digest(b"", "md5")[:-2] + "x="),)}, ("parts[0].md5", "base64")),
        (
            {"parts": (PartRequest(1, sha256=base64_digest(b"", "sha256")), PartRequest(2))},
            ("parts[1].sha256", "all_or_none"),
        ),
        ({"size": 20 * PART_MIN, "parts": tuple(map(PartRequest, range(1, 18)))}, ("parts", "max_items")),
    ],
)
async def test_a_bad_start_names_field_and_rule_and_leaves_nothing(
    world: World, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await world.start(**changes)
    assert broken(caught.value) == expected
    assert world.objects.open == {}


async def test_nobody_uploads_to_an_absent_model(world: World) -> None:
    with pytest.raises(NotFound):
        await world.service.start(ADA, new_id(), new())


async def test_nobody_uploads_to_a_public_model_of_another_tenant(world: World) -> None:
    await world.registry.update_model(ADA, world.model_id, ModelChange(is_public=True))
    with pytest.raises(NotFound):
        await world.start(EVE)
    assert world.objects.open == {}


async def test_a_start_refused_by_the_registry_leaves_nothing_in_the_store(world: World) -> None:
    with pytest.raises(NotFound):
        await world.start(version="9.9.9")
    assert world.objects.open == {}


async def test_a_second_start_is_refused_by_the_versions_state(world: World) -> None:
    await world.start()
    with pytest.raises(WrongState, match="uploading"):
        await world.start()
    assert len(world.objects.open) == 1


async def test_more_parts_are_signed_later(world: World) -> None:
    upload, _ = await world.start(size=20 * PART_MIN)
    urls = await world.service.sign(ADA, upload.id, [PartRequest(17), PartRequest(20)])
    assert [part.number for part in urls] == [17, 20]


async def test_checksums_are_for_all_parts_or_for_none(world: World) -> None:
    sha256 = base64_digest(CONTENT[:PART_MIN], "sha256")
    upload, _ = await world.start(parts=(PartRequest(1, sha256=sha256),))
    with pytest.raises(InvalidInput) as caught:
        await world.service.sign(ADA, upload.id, [PartRequest(2)])
    assert broken(caught.value) == ("parts[0].sha256", "all_or_none")


async def test_no_part_is_signed_once_the_upload_is_complete(world: World) -> None:
    upload = await world.started()
    await world.service.complete(ADA, upload.id)
    with pytest.raises(WrongState, match="completed"):
        await world.service.sign(ADA, upload.id, [PartRequest(1)])


async def test_progress_shows_what_the_store_has(world: World) -> None:
    upload, urls = await world.start()
    world.put(urls[1:])
    progress = await world.service.progress(ADA, upload.id)
    assert [(part.number, part.size) for part in progress.received] == [(2, 22)]
    assert progress.missing == (1,)


async def test_progress_of_a_completed_upload_misses_nothing(world: World) -> None:
    upload = await world.started()
    await world.service.complete(ADA, upload.id)
    progress = await world.service.progress(ADA, upload.id)
    assert (progress.upload.state, progress.missing) == (UploadState.COMPLETED, ())


async def test_completion_puts_the_file_together_and_queues_it(world: World) -> None:
    upload = await world.started()
    _, state = await world.service.complete(ADA, upload.id)
    assert state is VersionState.VALIDATING
    assert world.objects.objects == {upload.storage_key: CONTENT}
    assert world.queue.sent == [(upload.id, ADA.tenant_id)]


async def test_complete_names_the_missing_parts(world: World) -> None:
    upload, urls = await world.start(size=40 * PART_MIN)
    world.objects.put(urls[1].url, b"a" * PART_MIN, urls[1].headers)
    with pytest.raises(InvalidInput, match=r"not received yet: 1, 3, 4, .*, 17 and 23 more") as caught:
        await world.service.complete(ADA, upload.id)
    assert broken(caught.value) == ("parts", "missing")
    assert await world.state() is VersionState.UPLOADING


async def test_complete_rejects_a_part_of_the_wrong_size(world: World) -> None:
    upload = await world.started()
    world.objects.open[upload.storage_key, upload.storage_upload_id][2] = b"short"
    with pytest.raises(InvalidInput, match="part 2 has 5 bytes, not 22") as caught:
        await world.service.complete(ADA, upload.id)
    assert broken(caught.value) == ("parts", "size")


@pytest.mark.parametrize(
    ("declared", "given", "rule"),
    [("", "", "required"), (SHA256, "0" * 64, "declared"), ("", "no digest", "sha256")],
)
async def test_complete_needs_the_digest_declared(world: World, declared: str, given: str, rule: str) -> None:
    upload = await world.started(sha256=declared)
    with pytest.raises(InvalidInput) as caught:
        await world.service.complete(ADA, upload.id, given)
    assert broken(caught.value) == ("sha256", rule)
    assert world.objects.objects == {}


async def test_a_digest_may_come_at_the_end(world: World) -> None:
    upload = await world.started(sha256="")
    completed, _ = await world.service.complete(ADA, upload.id, SHA256.upper())
    assert completed.sha256 == SHA256


async def test_completing_again_while_validating_queues_again_and_answers_the_same(world: World) -> None:
    upload = await world.started()
    assert await world.service.complete(ADA, upload.id) == await world.service.complete(ADA, upload.id)
    assert world.queue.sent == [(upload.id, ADA.tenant_id)] * 2


async def test_completing_again_after_validation_answers_its_outcome_and_queues_nothing(world: World) -> None:
    upload = await world.ready()
    _, state = await world.service.complete(ADA, upload.id)
    assert state is VersionState.READY
    assert len(world.queue.sent) == 1


async def test_completion_goes_on_after_a_crash_behind_the_store(world: World) -> None:
    upload = await world.started()
    parts = world.objects.parts(upload.storage_key, upload.storage_upload_id)
    world.objects.finish(upload.storage_key, upload.storage_upload_id, parts)
    assert (await world.service.progress(ADA, upload.id)).missing == ()
    _, state = await world.service.complete(ADA, upload.id)
    assert state is VersionState.VALIDATING


async def test_completion_goes_on_after_a_crash_before_the_queue(world: World) -> None:
    upload = await world.started()
    world.queue.down = True
    with pytest.raises(Unavailable):
        await world.service.complete(ADA, upload.id)
    world.queue.down = False
    await world.service.complete(ADA, upload.id)
    assert world.queue.sent == [(upload.id, ADA.tenant_id)]


async def test_completion_goes_on_when_another_call_was_faster(world: World) -> None:
    upload = await world.started()

    class Raced(FakeObjectStore):
        def finish(self, key: str, storage_upload_id: str, parts: Sequence[StoredPart]) -> None:
            super().finish(key, storage_upload_id, parts)
            super().finish(key, storage_upload_id, parts)

    raced = Raced()
    raced.open = world.objects.open
    world.objects = raced
    _, state = await world.service.complete(ADA, upload.id)
    assert state is VersionState.VALIDATING


async def test_an_upload_that_the_store_gave_up_cannot_be_completed(world: World) -> None:
    upload = await world.started()
    world.objects.open.clear()
    with pytest.raises(WrongState, match="start again"):
        await world.service.complete(ADA, upload.id)


async def test_an_abort_frees_the_version_and_the_store(world: World) -> None:
    upload = await world.started()
    await world.service.abort(ADA, upload.id)
    await world.service.abort(ADA, upload.id)
    assert world.objects.open == {}
    assert await world.state() is VersionState.DRAFT


async def test_an_abort_removes_a_file_put_together_by_a_completion_that_broke_off(world: World) -> None:
    upload = await world.started()
    parts = world.objects.parts(upload.storage_key, upload.storage_upload_id)
    world.objects.finish(upload.storage_key, upload.storage_upload_id, parts)
    await world.service.abort(ADA, upload.id)
    assert world.objects.objects == {}


async def test_a_completed_upload_cannot_be_aborted(world: World) -> None:
    upload = await world.started()
    await world.service.complete(ADA, upload.id)
    with pytest.raises(WrongState):
        await world.service.abort(ADA, upload.id)
    assert upload.storage_key in world.objects.objects


async def test_an_aborted_upload_cannot_be_completed(world: World) -> None:
    upload = await world.started()
    await world.service.abort(ADA, upload.id)
    with pytest.raises(WrongState):
        await world.service.complete(ADA, upload.id)
    assert world.queue.sent == []


async def test_another_tenants_upload_is_not_found(world: World) -> None:
    upload = await world.started()
    calls = (
        world.service.progress(EVE, upload.id),
        world.service.sign(EVE, upload.id, [PartRequest(1)]),
        world.service.complete(EVE, upload.id),
        world.service.abort(EVE, upload.id),
    )
    for call in calls:
        with pytest.raises(NotFound):
            await call


async def test_the_owner_downloads_a_file_that_passed_validation(world: World) -> None:
    await world.ready()
    found = await world.downloads.download(ADA, world.model_id, "1.0.0")
    assert world.objects.get(found.url) == CONTENT
    assert (found.filename, found.artifact.sha256) == ("iris-1.0.0.onnx", SHA256)


async def test_there_is_nothing_to_download_before_validation(world: World) -> None:
    with pytest.raises(WrongState, match="draft"):
        await world.downloads.download(ADA, world.model_id, "1.0.0")


async def test_others_download_from_a_public_model_what_is_published(world: World) -> None:
    await world.registry.update_model(ADA, world.model_id, ModelChange(is_public=True))
    await world.ready()
    await world.registry.publish_version(ADA, world.model_id, "1.0.0")
    found = await world.downloads.download(EVE, world.model_id, "latest")
    assert world.objects.get(found.url) == CONTENT


async def test_others_do_not_find_what_is_not_published(world: World) -> None:
    await world.registry.update_model(ADA, world.model_id, ModelChange(is_public=True))
    await world.ready()
    with pytest.raises(NotFound):
        await world.downloads.download(EVE, world.model_id, "1.0.0")
