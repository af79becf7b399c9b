"""Contents by digest on every implementation of the registry: who finds and uses them, and how long they stay."""

from dataclasses import replace

import pytest

from functions.registry.ports import Repository
from maas.domain.catalog.models import Model
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import InvalidInput, PermissionDenied, Rule, WrongState
from maas.domain.identity.principals import Principal, Role, collector, remover, validator
from maas.domain.uploads.sessions import Upload, UploadState
from maas.services.ports.registry import Registry
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import SHA256, SIZE, artifact, make_draft, make_model, make_upload, person

FILE = "iris.onnx"


async def uploaded(registry: Registry, by: Principal, model: Model, number: str = "1.0.0") -> Upload:
    """A checked upload, whose version is ready."""
    await make_draft(registry, by, model, number)
    upload = await make_upload(registry, by, model, number, SHA256)
    upload = await registry.complete_upload(by, upload.id, SHA256)
    await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload))
    return upload


async def started(registry: Registry, by: Principal, model: Model, number: str, sha256: str = SHA256) -> Upload:
    await make_draft(registry, by, model, number)
    return await make_upload(registry, by, model, number, sha256)


async def test_a_checked_file_is_found_by_its_digest(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    upload = await started(registry, by, model, "1.0.0")
    await registry.complete_upload(by, upload.id, SHA256)
    assert await registry.find_contents(by, model.id, [SHA256]) == []
    await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload))
    (found,) = await registry.find_contents(by, model.id, [SHA256.upper(), "cd" * 32])
    assert (found.tenant_id, found.sha256, found.size) == (by.tenant_id, SHA256, SIZE)
    assert found.storage_key == upload.storage_key


async def test_a_refused_file_is_no_content(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    upload = await started(registry, by, model, "1.0.0")
    await registry.complete_upload(by, upload.id, SHA256)
    await registry.record_validation(validator(by.tenant_id), upload.id, "it is JSON")
    assert await registry.find_contents(by, model.id, [SHA256]) == []


async def test_an_upload_uses_a_content_instead_of_a_file(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    first = await uploaded(registry, by, model)
    second = await started(registry, by, model, "1.1.0")
    for _ in range(2):
        found = await registry.reuse_contents(by, second.id, [FILE])
        assert (found.content_key, found.file_key) == (first.storage_key, first.storage_key)
    completed = await registry.complete_upload(by, second.id, SHA256)
    own = artifact(second)
    with pytest.raises(InvalidInput) as refused:
        await registry.record_validation(validator(by.tenant_id), second.id, own)
    assert refused.value.fields[0].field == "artifact.storage_key"
    ready = await registry.record_validation(
        validator(by.tenant_id),
        second.id,
        replace(own, storage_key=(await registry.get_upload(by, second.id)).file_key),
    )
    assert completed.id == second.id
    assert ready.artifact is not None
    assert ready.artifact.storage_key == first.storage_key
    known = await registry.known_files(remover(by.tenant_id), f"models/{by.tenant_id}/", limit=9)
    assert [(file.key, file.storage_key) for file in known] == sorted(
        [(first.storage_key, first.storage_key), (second.storage_key, first.storage_key)]
    )


async def test_another_digest_or_a_finished_upload_uses_nothing(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    first = await uploaded(registry, by, model)
    other = await started(registry, by, model, "1.1.0", "cd" * 32)
    assert (await registry.reuse_contents(by, other.id, [FILE])).content_key == ""
    with pytest.raises(WrongState):
        await registry.reuse_contents(by, first.id, [FILE])


async def test_others_find_and_use_nothing(store: Repository) -> None:
    registry, by, guest = FakeRegistry(store), person(), person()
    model = await make_model(registry, by)
    await uploaded(registry, by, model)
    upload = await started(registry, by, model, "1.1.0")
    theirs = await make_model(registry, guest)
    assert await registry.find_contents(guest, theirs.id, [SHA256]) == []
    grants = {model.id: frozenset({Role.DEVELOPER})}
    member = replace(person(by.tenant_id, Role.MEMBER), scopes=by.scopes, grants=grants)
    for one in (replace(guest, grants=grants), member, replace(by, narrowed={model.id: ""})):
        assert await registry.find_contents(one, model.id, [SHA256]) == []
        assert (await registry.reuse_contents(one, upload.id, [FILE])).content_key == ""
    assert (await registry.reuse_contents(by, upload.id, [FILE])).content_key != ""


async def test_a_start_without_a_digest_is_refused_if_a_file_of_its_size_is_known(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model, "1.1.0")
    upload = await make_upload(registry, by, model, "1.1.0", unless_known=True)
    await registry.abort_upload(by, upload.id)
    await uploaded(registry, by, model)
    with pytest.raises(InvalidInput) as refused:
        await make_upload(registry, by, model, "1.1.0", unless_known=True)
    assert [(field.field, field.rule) for field in refused.value.fields] == [("sha256", Rule.REQUIRED)]
    assert (await registry.get_version(by, model.id, "1.1.0")).state is VersionState.DRAFT
    other = await make_upload(registry, by, model, "1.1.0", size=SIZE + 1, unless_known=True)
    with pytest.raises(WrongState):  # as every start while another one is under way, so that it is found again
        await make_upload(registry, by, model, "1.1.0", unless_known=True)
    await registry.abort_upload(by, other.id)
    assert (await make_upload(registry, by, model, "1.1.0", SHA256, unless_known=True)).sha256 == SHA256


async def test_others_do_not_learn_of_a_size(store: Repository) -> None:
    registry, by, guest = FakeRegistry(store), person(), person()
    model = await make_model(registry, by)
    await uploaded(registry, by, model)
    theirs = await make_model(registry, guest)
    await make_draft(registry, guest, theirs)
    assert (await make_upload(registry, guest, theirs, unless_known=True)).state is UploadState.OPEN
    grants = {model.id: frozenset({Role.DEVELOPER})}
    member = replace(person(by.tenant_id, Role.MEMBER), scopes=by.scopes, grants=grants)
    for number, one in enumerate((replace(guest, grants=grants), member, replace(by, narrowed={model.id: ""}))):
        await make_draft(registry, by, model, f"2.{number}.0")
        upload = await make_upload(registry, one, model, f"2.{number}.0", unless_known=True)
        assert upload.state is UploadState.OPEN


async def test_a_used_file_stays_and_an_unused_one_is_condemned_for_good(registry: Registry) -> None:
    by = person()
    model, ours = await make_model(registry, by), remover(by.tenant_id)
    first = await uploaded(registry, by, model)
    second = await started(registry, by, model, "1.1.0")
    await registry.reuse_contents(by, second.id, [FILE])
    assert await registry.condemn_files(ours, [first.storage_key, second.storage_key]) == [first.storage_key]
    await registry.abort_upload(by, second.id)
    for _ in range(2):
        await registry.forget_files(ours, [second.storage_key])
    assert await registry.condemn_files(ours, [first.storage_key]) == []
    third = await started(registry, by, model, "1.2.0")
    assert await registry.find_contents(by, model.id, [SHA256]) == []
    assert (await registry.reuse_contents(by, third.id, [FILE])).content_key == ""
    await registry.forget_files(ours, [first.storage_key])
    assert await registry.known_files(ours, f"models/{by.tenant_id}/", limit=9) == []


async def test_only_the_remover_sees_and_removes_files(registry: Registry) -> None:
    by, other = person(), person()
    model = await make_model(registry, by)
    first = await uploaded(registry, by, model)
    for one in (by, validator(by.tenant_id)):
        with pytest.raises(PermissionDenied):
            await registry.known_files(one, f"models/{by.tenant_id}/", limit=9)
        with pytest.raises(PermissionDenied):
            await registry.condemn_files(one, [first.storage_key])
        with pytest.raises(PermissionDenied):
            await registry.forget_files(one, [first.storage_key])
        with pytest.raises(PermissionDenied):
            await registry.repair_uploads(one, after="", limit=9)
    theirs = remover(other.tenant_id)
    with pytest.raises(InvalidInput):
        await registry.known_files(theirs, f"models/{by.tenant_id}/", limit=9)
    with pytest.raises(InvalidInput):
        await registry.condemn_files(theirs, [first.storage_key])
    with pytest.raises(InvalidInput):
        await registry.forget_files(theirs, [first.storage_key])
    assert len(await registry.known_files(collector(), f"models/{by.tenant_id}/", limit=9)) == 1
    assert len(await registry.find_contents(by, model.id, [SHA256])) == 1
