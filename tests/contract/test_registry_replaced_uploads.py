"""Uploads that replace others, on every implementation of the registry, and what the replaced ones answer."""

import asyncio

import pytest

from maas.domain.catalog.models import Model
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import MaasError, NotFound, WrongState
from maas.domain.identity.principals import Principal, validator
from maas.domain.ids import new_id
from maas.domain.uploads.sessions import Upload, UploadState
from maas.services.ports.registry import Registry
from tests.support.registry_server import SHA256, artifact, make_draft, make_model, make_upload, person

UPLOADING, VALIDATING, READY = VersionState.UPLOADING, VersionState.VALIDATING, VersionState.READY
STATES = (UPLOADING, VALIDATING, READY)


async def _in_state(registry: Registry, by: Principal, model: Model, state: VersionState) -> Upload:
    """An upload whose version 1.0.0 is in this state."""
    await make_draft(registry, by, model)
    upload = await make_upload(registry, by, model)
    if state is not UPLOADING:
        upload = await registry.complete_upload(by, upload.id, SHA256)
    if state is READY:
        await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload))
    assert (await registry.get_version(by, model.id, "1.0.0")).state is state
    return upload


@pytest.mark.parametrize("state", STATES)
async def test_a_version_is_uploaded_anew_until_it_is_published(registry: Registry, state: VersionState) -> None:
    by = person()
    model = await make_model(registry, by)
    first = await _in_state(registry, by, model, state)
    with pytest.raises(WrongState, match="send replace: true"):
        await make_upload(registry, by, model)
    second = await make_upload(registry, by, model, replace=True)

    replaced = await registry.get_upload(by, first.id)
    assert (second.replaces, replaced.replaced_by, replaced.state) == (first.id, second.id, UploadState.ABORTED)
    version = await registry.get_version(by, model.id, "1.0.0")
    assert (version.state, version.artifact) == (UPLOADING, None)
    await registry.complete_upload(by, second.id, SHA256)
    ready = await registry.record_validation(validator(by.tenant_id), second.id, artifact(second))
    assert ready.state is READY


@pytest.mark.parametrize("state", STATES)
async def test_a_replaced_upload_says_what_became_of_it(registry: Registry, state: VersionState) -> None:
    by = person()
    model = await make_model(registry, by)
    first = await _in_state(registry, by, model, state)
    second = await make_upload(registry, by, model, replace=True)
    with pytest.raises(WrongState, match=f"the upload is aborted; upload {second.id} has replaced it"):
        await registry.complete_upload(by, first.id, SHA256)
    with pytest.raises(WrongState, match=f"gone on to another upload, {second.id}"):
        await registry.record_validation(validator(by.tenant_id), first.id, artifact(first))
    assert (await registry.abort_upload(by, first.id)).replaced_by == second.id
    assert (await registry.get_version(by, model.id, "1.0.0")).state is UPLOADING


async def test_completing_an_upload_whose_version_went_on_is_refused(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    first = await _in_state(registry, by, model, VALIDATING)
    await registry.record_validation(validator(by.tenant_id), first.id, "it is not ONNX")
    assert (await registry.complete_upload(by, first.id, SHA256)).state is UploadState.COMPLETED
    second = await make_upload(registry, by, model)
    with pytest.raises(WrongState, match=f"1.0.0 has gone on to another upload, {second.id}"):
        await registry.complete_upload(by, first.id, SHA256)


async def test_a_draft_is_uploaded_with_replace_too(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    assert (await make_upload(registry, by, model, replace=True)).replaces == ""


async def test_of_two_replacements_the_later_one_stays(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    first = await _in_state(registry, by, model, UPLOADING)
    made = await asyncio.gather(*(make_upload(registry, by, model, replace=True) for _ in range(4)))
    uploads = [first, *[await registry.get_upload(by, upload.id) for upload in made]]
    [last] = [upload for upload in uploads[1:] if upload.state is UploadState.OPEN]
    # Each one replaced exactly one other, so the chain has all of them.
    by_id, chain = {upload.id: upload for upload in uploads}, [last.id]
    while by_id[chain[-1]].replaces:
        chain.append(by_id[chain[-1]].replaces)
    assert (chain[-1], len(set(chain))) == (first.id, 5)


@pytest.mark.parametrize("replacing", [True, False])
async def test_a_replacement_that_races_a_publish_wins_or_loses(registry: Registry, replacing: bool) -> None:
    by = person()
    model = await make_model(registry, by)
    await _in_state(registry, by, model, READY)

    async def replace() -> object:
        return await make_upload(registry, by, model, replace=True)

    async def publish() -> object:
        return await registry.publish_version(by, model.id, "1.0.0")

    calls = [replace(), publish()] if replacing else [publish(), replace()]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results if isinstance(result, MaasError)] == [WrongState]
    version = await registry.get_version(by, model.id, "1.0.0")
    assert (version.state, version.artifact is None) in {(UPLOADING, True), (VersionState.PUBLISHED, False)}


@pytest.mark.parametrize("state", STATES)
async def test_deleting_an_unpublished_version_returns_its_upload(registry: Registry, state: VersionState) -> None:
    by = person()
    model = await make_model(registry, by)
    upload = await _in_state(registry, by, model, state)
    assert await registry.delete_version(by, model.id, "1.0.0") == upload
    with pytest.raises(NotFound):
        await registry.get_upload(by, upload.id)
    with pytest.raises(NotFound):
        await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload))
    await make_draft(registry, by, model)


async def test_deleting_a_draft_that_was_never_uploaded_returns_none(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    assert await registry.delete_version(by, model.id, "1.0.0") is None
    with pytest.raises(NotFound):
        await registry.complete_upload(by, new_id(), SHA256)
