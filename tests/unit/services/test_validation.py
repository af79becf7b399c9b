"""Validation of finished uploads, with crashes and races."""

import hashlib
import re
from dataclasses import dataclass, field

import pytest

from functions.registry.stored import StoredVersion
from maas.domain.catalog.graphs import Inspection
from maas.domain.catalog.models import NewModel
from maas.domain.catalog.versions import Artifact, Signature, Tensor, Version, VersionState
from maas.domain.errors import Unavailable
from maas.domain.identity.principals import Principal
from maas.domain.uploads.sessions import Upload
from maas.services.files import FileRemover
from maas.services.uploads import NewUpload, UploadService
from maas.services.validation import ATTEMPTS, GONE, NO_RESULT, POSTPONED, GaveUp, ValidationService
from tests.fakes.graph_summaries import FakeGraphStore
from tests.fakes.inspector import GRAPH, SIGNATURE, FakeInspector
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.http_gateway import person

ADA = person()
CONTENT = b"not opened here: the inspector is a fake"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class World:
    model_id: str
    registry: FakeRegistry
    objects: FakeObjectStore = field(default_factory=FakeObjectStore)
    graphs: FakeGraphStore = field(default_factory=FakeGraphStore)
    inspector: FakeInspector = field(default_factory=FakeInspector)
    queue: FakeValidationQueue = field(default_factory=FakeValidationQueue)

    async def uploaded(self, content: bytes = CONTENT, sha256: str = SHA256) -> Upload:
        """Completes an upload to version 1.0.0."""
        uploads = UploadService(
            self.registry, self.objects, FileRemover(self.objects, self.graphs), FakeValidationQueue(), 1000
        )
        new = NewUpload(version="1.0.0", filename="m.onnx", size=len(content), sha256=sha256)
        upload, (part,) = await uploads.start(ADA, self.model_id, new)
        assert self.objects.put(part.url, content, part.headers) == 200
        return await uploads.complete(ADA, upload.id)

    async def check(self, upload: Upload, receives: int = 1) -> None:
        service = ValidationService(self.registry, self.objects, self.graphs, self.inspector, self.queue)
        await service.check(upload.id, upload.tenant_id, receives)

    async def version(self) -> Version:
        return await self.registry.get_version(ADA, self.model_id, "1.0.0")


@pytest.fixture
async def world() -> World:
    registry = fake_registry()
    model = await registry.create_model(ADA, NewModel(name="iris", framework="sklearn", version="1.0.0"))
    return World(model.id, registry)


async def test_a_good_file_makes_the_version_ready(world: World) -> None:
    upload = await world.uploaded()
    await world.check(upload)
    version = await world.version()
    assert version.state is VersionState.READY
    assert version.artifact == Artifact(
        storage_key=upload.storage_key, size=len(CONTENT), sha256=SHA256, signature=SIGNATURE
    )
    assert world.objects.objects == {upload.storage_key: CONTENT}
    assert world.graphs.graphs == {upload.storage_key: GRAPH}


async def test_the_graph_is_stored_before_the_version_is_ready(world: World) -> None:
    upload = await world.uploaded()

    class Watched(FakeRegistry):
        async def record_validation(self, by: Principal, upload_id: str, outcome: Artifact | str) -> StoredVersion:
            assert world.graphs.graphs == {upload.storage_key: GRAPH}
            return await super().record_validation(by, upload_id, outcome)

    world.registry = Watched(world.registry._repository)
    await world.check(upload)
    assert (await world.version()).state is VersionState.READY


async def test_a_leftover_graph_is_removed_with_a_rejected_file(world: World) -> None:
    upload = await world.uploaded()
    world.graphs.write(upload.storage_key, GRAPH)
    world.inspector.verdict = "inspection ran out of time"
    await world.check(upload)
    assert (world.objects.objects, world.graphs.graphs) == ({}, {})


async def test_a_rejected_file_fails_the_version_and_is_removed(world: World) -> None:
    world.inspector.verdict = "the file is JSON, not ONNX"
    await world.check(await world.uploaded())
    version = await world.version()
    assert (version.state, version.failure) == (VersionState.FAILED, "the file is JSON, not ONNX")
    assert world.objects.objects == {}


async def test_a_file_with_another_digest_fails_unopened(world: World) -> None:
    await world.check(await world.uploaded(sha256="0" * 64))
    assert f"SHA-256 is {SHA256}, not the 0000" in (await world.version()).failure
    assert world.inspector.inspections == 0
    assert world.objects.objects == {}


async def test_a_file_with_another_size_fails_unopened(world: World) -> None:
    upload = await world.uploaded()
    world.objects.objects[upload.storage_key] += b"more"
    await world.check(upload)
    assert "44 bytes, not the 40 declared" in (await world.version()).failure
    assert world.inspector.inspections == 0


async def test_a_missing_file_fails_the_version(world: World) -> None:
    upload = await world.uploaded()
    world.objects.remove(upload.storage_key)
    await world.check(upload)
    assert (await world.version()).failure == GONE


async def test_a_second_message_changes_nothing_and_inspects_nothing(world: World) -> None:
    upload = await world.uploaded()
    await world.check(upload)
    before = await world.version()
    await world.check(upload)
    assert await world.version() == before
    assert world.inspector.inspections == 1
    assert upload.storage_key in world.objects.objects


async def test_an_open_upload_is_not_validated(world: World) -> None:
    uploads = UploadService(
        world.registry, world.objects, FileRemover(world.objects, world.graphs), FakeValidationQueue(), 1000
    )
    upload, _ = await uploads.start(ADA, world.model_id, NewUpload(version="1.0.0", filename="m.onnx", size=5))
    await world.check(upload)
    assert (await world.version()).state is VersionState.UPLOADING


async def test_an_upload_of_a_deleted_model_is_skipped(world: World) -> None:
    upload = await world.uploaded()
    await world.registry.delete_model(ADA, world.model_id)
    await world.check(upload)
    assert world.inspector.inspections == 0


@pytest.mark.parametrize("receives", [1, ATTEMPTS])
async def test_an_unavailable_system_postpones_the_check(world: World, receives: int) -> None:
    upload = await world.uploaded()
    world.inspector.down = True
    await world.check(upload, receives)
    assert (await world.version()).state is VersionState.VALIDATING
    assert (world.queue.sent, world.queue.delays) == ([(upload.id, upload.tenant_id)], [POSTPONED])
    world.inspector.down = False
    await world.check(upload)
    assert (await world.version()).state is VersionState.READY


async def test_an_outage_never_uses_up_the_attempts(world: World) -> None:
    upload = await world.uploaded()
    world.inspector.down = True
    for sent in range(1, 10 * ATTEMPTS):
        await world.check(upload)  # each time a new message, which was delivered once
        assert len(world.queue.sent) == sent
    assert (await world.version()).state is VersionState.VALIDATING


async def test_a_slow_store_postpones_the_check(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maas.services.validation.FETCH_SECONDS", 0.0)
    await world.check(await world.uploaded())
    assert len(world.queue.sent) == 1
    assert world.inspector.inspections == 0


async def test_the_message_is_kept_if_the_queue_is_unavailable_too(world: World) -> None:
    upload = await world.uploaded()
    world.inspector.down = world.queue.down = True
    with pytest.raises(Unavailable):
        await world.check(upload)
    assert (await world.version()).state is VersionState.VALIDATING


async def test_the_last_attempt_is_still_a_check(world: World) -> None:
    await world.check(await world.uploaded(), ATTEMPTS)
    assert (await world.version()).state is VersionState.READY


async def test_a_file_whose_checks_never_end_fails_unopened(world: World) -> None:
    upload = await world.uploaded()
    with pytest.raises(GaveUp, match=upload.id):
        await world.check(upload, ATTEMPTS + 1)
    version = await world.version()
    assert (version.state, version.failure) == (VersionState.FAILED, NO_RESULT)
    assert "3 attempts ended without a result" in version.failure
    assert world.inspector.inspections == 0
    assert world.objects.objects == {}


async def test_giving_up_is_postponed_while_the_registry_is_unavailable(world: World) -> None:
    upload = await world.uploaded()

    class Down(FakeRegistry):
        async def record_validation(self, by: Principal, upload_id: str, outcome: Artifact | str) -> StoredVersion:
            raise Unavailable("the registry does not answer")

    world.registry = Down(world.registry._repository)
    await world.check(upload, ATTEMPTS + 1)
    assert world.queue.delays == [POSTPONED]
    assert (await world.version()).state is VersionState.VALIDATING


async def test_a_copy_of_a_message_given_up_is_no_dead_letter(world: World) -> None:
    upload = await world.uploaded()
    with pytest.raises(GaveUp):
        await world.check(upload, ATTEMPTS + 1)
    await world.check(upload)
    await world.check(upload, ATTEMPTS + 1)
    assert (world.inspector.inspections, (await world.version()).failure) == (0, NO_RESULT)


async def test_a_check_that_passed_is_never_given_up(world: World) -> None:
    upload = await world.uploaded()
    await world.check(upload)
    await world.check(upload, ATTEMPTS + 1)
    assert (await world.version()).state is VersionState.READY
    assert world.objects.objects == {upload.storage_key: CONTENT}


async def test_an_upload_that_was_followed_by_another_is_not_given_up(world: World) -> None:
    first = await world.uploaded()
    with pytest.raises(GaveUp):
        await world.check(first, ATTEMPTS + 1)
    second = await world.uploaded()
    await world.check(first, ATTEMPTS + 1)
    assert (await world.version()).state is VersionState.VALIDATING
    assert world.objects.objects == {second.storage_key: CONTENT}


async def test_a_repeated_check_removes_the_file_after_a_crash(world: World) -> None:
    world.inspector.verdict = "refused"
    upload = await world.uploaded()
    await world.check(upload)
    world.objects.objects[upload.storage_key] = CONTENT  # simulates a process that ended before it removed the file
    await world.check(upload)
    assert world.objects.objects == {}
    assert (await world.version()).failure == "refused"


async def test_a_late_message_affects_only_its_own_file(world: World) -> None:
    world.inspector.verdict = "refused"
    first = await world.uploaded()
    await world.check(first)
    second = await world.uploaded()
    world.objects.objects[first.storage_key] = CONTENT
    await world.check(first)
    assert world.objects.objects == {second.storage_key: CONTENT}
    assert (await world.version()).state is VersionState.VALIDATING


async def test_a_check_overtaken_by_another_keeps_the_file(world: World) -> None:
    upload = await world.uploaded()

    class Overtaken(FakeRegistry):
        """A concurrent check of the upload ends between this check's read and its write."""

        async def record_validation(self, by: Principal, upload_id: str, outcome: Artifact | str) -> StoredVersion:
            artifact = Artifact(storage_key=upload.storage_key, size=upload.size, sha256=SHA256, signature=SIGNATURE)
            await super().record_validation(by, upload_id, artifact)
            return await super().record_validation(by, upload_id, outcome)

    world.registry = Overtaken(world.registry._repository)
    world.inspector.verdict = "inspection ran out of time"
    await world.check(upload)
    assert (await world.version()).state is VersionState.READY
    assert world.objects.objects == {upload.storage_key: CONTENT}


async def test_a_ready_version_has_the_warnings_of_its_signature(world: World) -> None:
    label = Tensor("label", "int64", (1, -1))
    world.inspector.verdict = Inspection(Signature(SIGNATURE.inputs, (label,)), GRAPH)

    await world.check(await world.uploaded())

    found = await world.version()
    assert found.state is VersionState.READY
    assert found.artifact is not None
    assert found.artifact.warnings == (
        "output label is declared as [1, any]; calls with several rows may answer it whole, not row by row",
    )


async def test_a_model_of_which_no_call_fits_fails_with_both_numbers(world: World) -> None:
    image = Tensor("image", "float", (1, 3, 2000, 2000))
    world.inspector.verdict = Inspection(Signature((image,), SIGNATURE.outputs), GRAPH)

    await world.check(await world.uploaded())

    found = await world.version()
    assert found.state is VersionState.FAILED
    assert re.fullmatch(
        r"one call has at least \d{8} bytes of JSON as inputs; a request has at most 6291456", found.failure
    )
