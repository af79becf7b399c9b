"""Uploads from the first URL to the queue, with fakes of registry, store and queue."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.catalog.models import ModelChange
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, Unavailable, WrongState
from maas.domain.identity.principals import Role, validator
from maas.domain.ids import new_id
from maas.domain.uploads.sessions import PART_MIN, START_SIGN_MAX, UploadState, storage_key
from maas.domain.uploads.stored_parts import StoredPart
from maas.services.upload_parts import PartRequest
from tests.fakes.object_store import FakeObjectStore, base64_digest
from tests.support.upload_world import (
    ADA,
    CONTENT,
    EVE,
    MAX_BYTES,
    SHA256,
    UploadWorld,
    artifact,
    broken,
    make_world,
    new_upload,
)


@pytest.fixture
async def world() -> UploadWorld:
    return await make_world()


async def test_a_start_signs_every_part_with_its_length(world: UploadWorld) -> None:
    upload, urls = await world.start()
    assert [(part.number, part.length, part.headers) for part in urls] == [
        (1, PART_MIN, {"content-length": str(PART_MIN)}),
        (2, 22, {"content-length": "22"}),
    ]
    assert upload.state is UploadState.OPEN
    assert await world.state() is VersionState.UPLOADING


async def test_a_start_signs_the_first_parts(world: UploadWorld) -> None:
    _, urls = await world.start(size=(START_SIGN_MAX + 4) * PART_MIN)
    assert [part.number for part in urls] == list(range(1, START_SIGN_MAX + 1))


async def test_a_start_binds_the_checksums_given(world: UploadWorld) -> None:
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
        *(({"filename": name}, ("filename", "path")) for name in ("con", "nul.txt", "a:b", "a|b", "x.", "a<b>")),
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
        (
            {"size": 40 * PART_MIN, "parts": tuple(map(PartRequest, range(1, START_SIGN_MAX + 2)))},
            ("parts", "max_items"),
        ),
    ],
)
async def test_an_invalid_start_names_field_and_rule_and_leaves_nothing(
    world: UploadWorld, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await world.start(**changes)
    assert broken(caught.value) == expected
    assert world.objects.open == {}


@pytest.mark.parametrize(("changes", "field"), [({"filename": "a/b"}, "filename"), ({"sha256": "short"}, "sha256")])
async def test_bad_values_are_named_before_the_model_is_read(
    world: UploadWorld, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await world.service.start(ADA, new_id(), new_upload(**changes))
    assert broken(caught.value)[0] == field


async def test_start_requires_an_existing_model(world: UploadWorld) -> None:
    with pytest.raises(NotFound):
        await world.service.start(ADA, new_id(), new_upload())


async def test_a_public_model_of_another_tenant_takes_no_uploads(world: UploadWorld) -> None:
    await world.registry.update_model(ADA, world.model_id, ModelChange(is_public=True))
    with pytest.raises(NotFound):
        await world.start(EVE)
    assert world.objects.open == {}


async def test_a_grantee_s_file_belongs_to_the_model_s_organization(world: UploadWorld) -> None:
    grantee = replace(EVE, grants={world.model_id: frozenset({Role.DEVELOPER})})
    upload, _ = await world.start(grantee)
    assert upload.storage_key == storage_key(ADA.tenant_id, world.model_id, "1.0.0", upload.id)
    assert (upload.tenant_id, upload.created_by) == (ADA.tenant_id, EVE.subject)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.INVOKER])
async def test_a_grantee_without_the_right_starts_nothing(world: UploadWorld, role: Role) -> None:
    grantee = replace(EVE, grants={world.model_id: frozenset({role})})
    with pytest.raises(PermissionDenied):
        await world.start(grantee)
    assert world.objects.open == {}


async def test_a_start_rejected_by_the_registry_leaves_nothing(world: UploadWorld) -> None:
    with pytest.raises(NotFound):
        await world.start(version="9.9.9")
    assert world.objects.open == {}


async def test_a_second_start_is_a_wrong_state(world: UploadWorld) -> None:
    await world.start()
    with pytest.raises(WrongState, match="uploading"):
        await world.start()
    assert len(world.objects.open) == 1


async def test_a_completed_upload_signs_no_parts(world: UploadWorld) -> None:
    upload = await world.started()
    await world.service.complete(ADA, upload.id)
    with pytest.raises(WrongState, match="completed"):
        await world.service.sign(ADA, upload.id, [PartRequest(1)])


async def test_progress_lists_received_and_missing_parts(world: UploadWorld) -> None:
    upload, urls = await world.start()
    world.put(urls[1:])
    progress = await world.service.progress(ADA, upload.id)
    assert [(part.number, part.size) for part in progress.received] == [(2, 22)]
    assert progress.missing == (1,)


async def test_a_completed_upload_has_no_missing_parts(world: UploadWorld) -> None:
    upload = await world.started()
    await world.service.complete(ADA, upload.id)
    progress = await world.service.progress(ADA, upload.id)
    assert (progress.upload.state, progress.missing) == (UploadState.COMPLETED, ())


async def test_complete_assembles_and_queues_the_file(world: UploadWorld) -> None:
    upload = await world.started()
    await world.service.complete(ADA, upload.id)
    assert await world.state() is VersionState.VALIDATING
    assert world.objects.objects == {upload.storage_key: CONTENT}
    assert world.queue.sent == [(upload.id, ADA.tenant_id)]


async def test_complete_names_the_missing_parts(world: UploadWorld) -> None:
    upload, urls = await world.start(size=40 * PART_MIN)
    world.objects.put(urls[1].url, b"a" * PART_MIN, urls[1].headers)
    with pytest.raises(InvalidInput, match=r"not received yet: 1, 3, 4, .*, 17 and 23 more") as caught:
        await world.service.complete(ADA, upload.id)
    assert broken(caught.value) == ("parts", "missing")
    assert await world.state() is VersionState.UPLOADING


async def test_complete_rejects_a_part_of_the_wrong_size(world: UploadWorld) -> None:
    upload = await world.started()
    world.objects.open[upload.storage_key, upload.storage_upload_id][2] = b"short"
    with pytest.raises(InvalidInput, match="part 2 has 5 bytes, not 22") as caught:
        await world.service.complete(ADA, upload.id)
    assert broken(caught.value) == ("parts", "size")


@pytest.mark.parametrize(
    ("declared", "given", "rule"),
    [("", "", "required"), (SHA256, "0" * 64, "declared"), ("", "no digest", "sha256")],
)
async def test_complete_requires_the_declared_digest(world: UploadWorld, declared: str, given: str, rule: str) -> None:
    upload = await world.started(sha256=declared)
    with pytest.raises(InvalidInput) as caught:
        await world.service.complete(ADA, upload.id, given)
    assert broken(caught.value) == ("sha256", rule)
    assert world.objects.objects == {}


async def test_a_digest_may_come_at_the_end(world: UploadWorld) -> None:
    upload = await world.started(sha256="")
    completed = await world.service.complete(ADA, upload.id, SHA256.upper())
    assert completed.sha256 == SHA256


async def test_complete_repeated_while_validating_queues_again(world: UploadWorld) -> None:
    upload = await world.started()
    assert await world.service.complete(ADA, upload.id) == await world.service.complete(ADA, upload.id)
    assert world.queue.sent == [(upload.id, ADA.tenant_id)] * 2


@pytest.mark.parametrize("outcome", [VersionState.READY, VersionState.PUBLISHED, VersionState.FAILED])
async def test_complete_repeated_after_validation_answers_like_the_first(
    world: UploadWorld, outcome: VersionState
) -> None:
    upload = await world.started()
    first = await world.service.complete(ADA, upload.id)
    found = "it is not ONNX" if outcome is VersionState.FAILED else artifact(upload)
    await world.registry.record_validation(validator(ADA.tenant_id), upload.id, found)
    if outcome is VersionState.PUBLISHED:
        await world.registry.publish_version(ADA, world.model_id, "1.0.0")
    assert await world.service.complete(ADA, upload.id) == first
    assert await world.state() is outcome
    assert len(world.queue.sent) == 1


async def test_complete_continues_after_a_crash_behind_the_store(world: UploadWorld) -> None:
    upload = await world.started()
    parts = world.objects.parts(upload.storage_key, upload.storage_upload_id)
    world.objects.finish(upload.storage_key, upload.storage_upload_id, parts)
    assert (await world.service.progress(ADA, upload.id)).missing == ()
    await world.service.complete(ADA, upload.id)
    assert await world.state() is VersionState.VALIDATING


async def test_complete_continues_after_a_crash_before_the_queue(world: UploadWorld) -> None:
    upload = await world.started()
    world.queue.down = True
    with pytest.raises(Unavailable):
        await world.service.complete(ADA, upload.id)
    world.queue.down = False
    await world.service.complete(ADA, upload.id)
    assert world.queue.sent == [(upload.id, ADA.tenant_id)]


async def test_complete_accepts_a_file_assembled_concurrently(world: UploadWorld) -> None:
    upload = await world.started()

    class Raced(FakeObjectStore):
        def finish(self, key: str, storage_upload_id: str, parts: Sequence[StoredPart]) -> None:
            super().finish(key, storage_upload_id, parts)
            super().finish(key, storage_upload_id, parts)

    raced = Raced()
    raced.open = world.objects.open
    world.objects = raced
    await world.service.complete(ADA, upload.id)
    assert await world.state() is VersionState.VALIDATING


async def test_an_upload_lost_by_the_store_cannot_be_completed(world: UploadWorld) -> None:
    upload = await world.started()
    world.objects.open.clear()
    with pytest.raises(WrongState, match="start again"):
        await world.service.complete(ADA, upload.id)


async def test_an_upload_of_another_tenant_is_not_found(world: UploadWorld) -> None:
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
