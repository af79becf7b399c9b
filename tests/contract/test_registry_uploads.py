"""Upload sessions and validations, on every implementation of the registry."""

import pytest

from maas.domain.catalog.versions import VersionState
from maas.domain.errors import (
    InvalidInput,
    NotFound,
    PermissionDenied,
    WrongState,
)
from maas.domain.identity.principals import Role, validator
from maas.domain.ids import new_id
from maas.domain.uploads.sessions import UploadStart, UploadState
from maas.services.ports.registry import Registry
from tests.support.registry_server import (
    SHA256,
    SIGNATURE,
    artifact,
    broken_field,
    make_draft,
    make_model,
    make_published,
    make_ready,
    make_upload,
    person,
)


async def test_a_validated_upload_makes_its_version_ready(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    assert (upload.state, upload.sha256, upload.created_by) == (UploadState.OPEN, "", by.subject)
    assert upload.checksums
    assert await registry.get_upload(by, upload.id) == upload
    assert (await registry.get_version(by, model.id, "1.0.0")).state is VersionState.UPLOADING

    completed = await registry.complete_upload(by, upload.id, SHA256.upper())
    assert (completed.state, completed.sha256) == (UploadState.COMPLETED, SHA256)
    assert await registry.complete_upload(by, upload.id, SHA256) == completed
    assert (await registry.get_version(by, model.id, "1.0.0")).state is VersionState.VALIDATING

    ready = await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload))
    assert ready.state is VersionState.READY
    assert ready.artifact is not None
    assert ready.artifact.signature == SIGNATURE
    assert await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload)) == ready


async def test_a_recorded_validation_is_kept_after_publishing(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    await registry.complete_upload(by, upload.id, SHA256)
    await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload))
    published = await registry.publish_version(by, model.id, "1.0.0")
    assert await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload)) == published
    with pytest.raises(WrongState):
        await registry.record_validation(validator(by.tenant_id), upload.id, "too late")


async def test_a_failed_version_can_be_uploaded_again(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    first = await make_upload(registry, by, model)
    await registry.complete_upload(by, first.id, SHA256)
    failed = await registry.record_validation(validator(by.tenant_id), first.id, "it is not ONNX")
    assert (failed.state, failed.failure) == (VersionState.FAILED, "it is not ONNX")
    assert await registry.record_validation(validator(by.tenant_id), first.id, "said otherwise") == failed

    second = await make_upload(registry, by, model)
    await registry.complete_upload(by, second.id, SHA256)
    with pytest.raises(WrongState, match="another upload"):
        await registry.record_validation(validator(by.tenant_id), first.id, "late news of the first")
    ready = await registry.record_validation(validator(by.tenant_id), second.id, artifact(second))
    assert (ready.state, ready.failure) == (VersionState.READY, "")


async def test_an_aborted_upload_returns_its_version_to_draft(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    aborted = await registry.abort_upload(by, upload.id)
    assert aborted.state is UploadState.ABORTED
    assert await registry.abort_upload(by, upload.id) == aborted
    assert (await registry.get_version(by, model.id, "1.0.0")).state is VersionState.DRAFT
    with pytest.raises(WrongState):
        await registry.complete_upload(by, upload.id, SHA256)
    await make_upload(registry, by, model)


async def test_a_version_accepts_one_upload_at_a_time(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    with pytest.raises(WrongState, match=f"is uploading; .* send replace: true, or abort upload {upload.id}"):
        await make_upload(registry, by, model)
    await registry.complete_upload(by, upload.id, SHA256)
    with pytest.raises(
        WrongState, match=f"is validating; .* replace: true, or wait for the check of upload {upload.id}"
    ):
        await make_upload(registry, by, model)
    with pytest.raises(WrongState):
        await registry.abort_upload(by, upload.id)


async def test_a_published_version_refuses_an_upload(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model)
    with pytest.raises(WrongState):
        await make_upload(registry, by, model)


async def test_completing_with_another_digest_than_declared_is_refused(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model, sha256=SHA256)
    for sha256 in ("cd" * 32, "short", ""):
        with pytest.raises(InvalidInput) as error:
            await registry.complete_upload(by, upload.id, sha256)
        assert broken_field(error)[0] == "sha256"
    assert (await registry.complete_upload(by, upload.id, SHA256)).state is UploadState.COMPLETED


async def test_only_the_validator_records_a_validation(registry: Registry) -> None:
    by = person(new_id(), Role.ADMIN)
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    with pytest.raises(PermissionDenied):
        await registry.record_validation(by, upload.id, artifact(upload))
    with pytest.raises(NotFound):
        await registry.record_validation(validator(new_id()), upload.id, artifact(upload))


async def test_deleting_a_model_removes_its_uploads_and_versions(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    await make_ready(registry, by, model, "2.0.0")
    await registry.delete_model(by, model.id)
    for call in (
        registry.get_upload(by, upload.id),
        registry.complete_upload(by, upload.id, SHA256),
        registry.record_validation(validator(by.tenant_id), upload.id, "gone"),
        registry.get_version(by, model.id, "2.0.0"),
        registry.delete_model(by, model.id),
    ):
        with pytest.raises(NotFound):
            await call


async def test_another_tenants_upload_is_not_found(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by, is_public=True)
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    with pytest.raises(NotFound, match=f"upload not found: {upload.id}"):
        await registry.get_upload(person(), upload.id)


async def test_a_file_of_another_organization_is_not_taken_over(registry: Registry) -> None:
    by, other = person(), person()
    theirs = await make_model(registry, other)
    await make_draft(registry, other, theirs)
    victim = await make_upload(registry, other, theirs)
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    start = UploadStart(
        upload_id=new_id(),
        model_id=model.id,
        version="1.0.0",
        filename="mine.onnx",
        size=victim.size,
        sha256="",
        part_size=victim.part_size,
        storage_key=victim.storage_key,
        storage_upload_id=victim.storage_upload_id,
    )
    with pytest.raises(InvalidInput) as error:
        await registry.start_upload(by, start)
    assert broken_field(error) == ("storage_key", "invalid")
