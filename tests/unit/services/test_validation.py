"""Validation of finished uploads, with crashes and races."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from functions.registry.stored import StoredVersion
from maas.domain.catalog.formats import FORMATS
from maas.domain.catalog.graphs import Inspection
from maas.domain.catalog.versions import Artifact, Signature, Tensor, VersionState
from maas.domain.identity.principals import Principal, validator
from maas.domain.uploads.validation import OVERDUE
from maas.domain.uploads.version_files import Finding
from maas.services.companions import GONE
from maas.services.uploads import NewUpload
from tests.fakes.inspector import FOUND, GRAPH, SIGNATURE
from tests.fakes.registry import FakeRegistry
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.upload_services import upload_service
from tests.support.validation_world import ADA, CONTENT, SHA256, World, validation_world


@pytest.fixture
async def world() -> World:
    return await validation_world()


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
        async def record_validation(
            self, by: Principal, upload_id: str, outcome: Artifact | str, findings: Sequence[Finding] = ()
        ) -> StoredVersion:
            assert world.graphs.graphs == {upload.storage_key: GRAPH}
            return await super().record_validation(by, upload_id, outcome, findings)

    world.registry = Watched(world.registry._repository)
    await world.check(upload)
    assert (await world.version()).state is VersionState.READY


async def test_a_rejected_file_fails_the_version(world: World) -> None:
    world.inspector.verdict = "the file is JSON, not ONNX"
    await world.check(await world.uploaded())
    version = await world.version()
    assert (version.state, version.failure) == (VersionState.FAILED, "the file is JSON, not ONNX")


async def test_findings_that_the_registry_refuses_fail_the_version(world: World) -> None:
    world.inspector.verdict = replace(FOUND, details={"names": [float("nan")]})
    await world.check(await world.uploaded())
    version = await world.version()
    assert version.state is VersionState.FAILED
    assert "must not have NaN or infinite numbers" in version.failure


async def test_a_file_with_another_digest_fails_unopened(world: World) -> None:
    await world.check(await world.uploaded(sha256="0" * 64))
    assert f"SHA-256 is {SHA256}, not the 0000" in (await world.version()).failure
    assert world.inspector.inspections == 0


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
    uploads = upload_service(world.registry, world.objects, FakeValidationQueue(), 1000)
    upload = (await uploads.start(ADA, world.model_id, NewUpload(version="1.0.0", filename="m.onnx", size=5))).upload
    await world.check(upload)
    assert (await world.version()).state is VersionState.UPLOADING


async def test_an_upload_of_a_deleted_model_is_skipped(world: World) -> None:
    upload = await world.uploaded()
    await world.registry.delete_model(ADA, world.model_id)
    await world.check(upload)
    assert world.inspector.inspections == 0


async def test_a_late_message_changes_no_later_upload(world: World) -> None:
    world.inspector.verdict = "refused"
    first = await world.uploaded()
    await world.check(first)
    await world.uploaded()
    await world.check(first)
    assert (await world.version()).state is VersionState.VALIDATING


async def test_a_file_that_passed_too_late_changes_nothing(world: World) -> None:
    upload = await world.uploaded()

    class Overdue(FakeRegistry):
        """The version took too long, and fails between this check's read and its write."""

        async def record_validation(
            self, by: Principal, upload_id: str, outcome: Artifact | str, findings: Sequence[Finding] = ()
        ) -> StoredVersion:
            await super().record_validation(by, upload_id, OVERDUE)
            return await super().record_validation(by, upload_id, outcome, findings)

    world.registry = Overdue(world.registry._repository)
    await world.check(upload)
    assert (await world.version()).failure == OVERDUE


async def test_a_message_after_the_time_inspects_nothing(world: World) -> None:
    upload = await world.uploaded()
    await world.registry.record_validation(validator(upload.tenant_id), upload.id, OVERDUE)
    await world.check(upload)
    assert (await world.version()).failure == OVERDUE
    assert world.inspector.inspections == 0


async def test_a_check_overtaken_by_another_keeps_the_file(world: World) -> None:
    upload = await world.uploaded()

    class Overtaken(FakeRegistry):
        """A concurrent check of the upload ends between this check's read and its write."""

        async def record_validation(
            self, by: Principal, upload_id: str, outcome: Artifact | str, findings: Sequence[Finding] = ()
        ) -> StoredVersion:
            artifact = Artifact(storage_key=upload.storage_key, size=upload.size, sha256=SHA256, signature=SIGNATURE)
            await super().record_validation(by, upload_id, artifact)
            return await super().record_validation(by, upload_id, outcome, findings)

    world.registry = Overtaken(world.registry._repository)
    world.inspector.verdict = "inspection ran out of time"
    await world.check(upload)
    assert (await world.version()).state is VersionState.READY
    assert world.objects.objects == {upload.storage_key: CONTENT}


async def test_a_ready_version_has_the_warnings_of_its_signature(world: World) -> None:
    label = Tensor("label", "int64", (1, -1))
    world.inspector.verdict = Inspection(FORMATS["onnx"], Signature(SIGNATURE.inputs, (label,)), GRAPH)

    await world.check(await world.uploaded())

    found = await world.version()
    assert found.state is VersionState.READY
    assert found.artifact is not None
    assert found.artifact.warnings == (
        "output label is declared as [1, any]; calls with several rows may answer it whole, not row by row",
    )


async def test_a_model_of_which_no_call_fits_fails_with_both_numbers(world: World) -> None:
    image = Tensor("image", "float", (1, 3, 2000, 2000))
    world.inspector.verdict = Inspection(FORMATS["onnx"], Signature((image,), SIGNATURE.outputs), GRAPH)

    await world.check(await world.uploaded())

    found = await world.version()
    assert found.state is VersionState.FAILED
    assert re.fullmatch(
        r"one call has at least \d{8} bytes of JSON as inputs; a request has at most 6291456", found.failure
    )


async def test_a_kept_file_is_ready_with_its_format_and_findings(world: World) -> None:
    findings = {"tensor_count": 2}
    world.inspector.verdict = Inspection(FORMATS["safetensors"], Signature((), ()), GRAPH, findings)

    await world.check(await world.uploaded())

    found = await world.version()
    assert found.state is VersionState.READY
    assert found.artifact is not None
    assert (found.artifact.format, found.artifact.details) == ("safetensors", findings)
    assert found.artifact.warnings == ("the file is a safetensors file: it is kept, and predictions do not run it",)


async def test_a_companion_alone_fails_and_names_what_a_version_needs(world: World) -> None:
    world.inspector.verdict = Inspection(FORMATS["csv"], Signature((), ()), GRAPH)

    await world.check(await world.uploaded())

    found = await world.version()
    assert found.state is VersionState.FAILED
    assert found.failure.startswith("the file is a CSV table, and no model: a version needs one of onnx, gguf,")
