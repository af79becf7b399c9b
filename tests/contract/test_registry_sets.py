"""Uploads of sets of files, on every implementation of the registry."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from functions.registry.ports import Repository
from maas.domain.catalog.models import Model, ModelChange
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import InvalidInput, NotFound, WrongState
from maas.domain.identity.principals import Principal, validator
from maas.domain.quotas import Quota, QuotaExceeded
from maas.domain.uploads.begun_files import BegunFile
from maas.domain.uploads.manifest import manifest_digest
from maas.domain.uploads.sessions import SINGLE_MAX, Upload, UploadState
from maas.domain.uploads.version_files import DETAILS_MAX_BYTES, Finding
from maas.services.ports.registry import Registry
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import (
    SHA256,
    artifact,
    broken_field,
    make_draft,
    make_model,
    make_published,
    person,
    set_start,
)

SIZES = {"model.onnx": 5, "README.md": 7, "weights/big.bin": 2 * SINGLE_MAX}
FOUND = [Finding("README.md", "markdown", {"lines": 1}, "v2"), Finding("weights/big.bin", "safetensors", {})]


async def make_set(registry: Registry, sizes: Mapping[str, int] = SIZES) -> tuple[Principal, Model, Upload]:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    return by, model, await registry.start_upload(by, set_start(model, sizes))


async def test_a_set_has_the_fields_of_its_main_file(registry: Registry) -> None:
    by, _, upload = await make_set(registry)
    assert (upload.filename, upload.size, upload.sha256, upload.part_size) == ("model.onnx", 5, SHA256, 5)
    assert (upload.file_count, upload.total_size) == (3, sum(SIZES.values()))
    assert upload.manifest_digest == manifest_digest(upload.files)
    assert [file.path for file in upload.files] == ["README.md", "model.onnx", "weights/big.bin"]
    assert upload.storage_key == next(file.storage_key for file in upload.files if file.main)
    assert await registry.get_upload(by, upload.id) == upload


async def test_a_checked_set_has_a_digest_and_findings(registry: Registry) -> None:
    by, model, upload = await make_set(registry)
    with pytest.raises(WrongState):
        await registry.list_files(by, model.id, "1.0.0")
    await registry.complete_upload(by, upload.id, SHA256)
    ready = await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload), FOUND)
    assert (ready.state, ready.digest) == (VersionState.READY, upload.manifest_digest)
    assert (ready.file_count, ready.total_size) == (3, sum(SIZES.values()))
    assert await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload), FOUND) == ready

    found = await registry.list_files(by, model.id, "1.0.0")
    assert (found.digest, found.total_size, found.version.version) == (ready.digest, ready.total_size, "1.0.0")
    assert [(file.path, file.format, dict(file.details), file.object_version) for file in found.files] == [
        ("README.md", "markdown", {"lines": 1}, "v2"),
        ("model.onnx", "onnx", {}, "v1"),
        ("weights/big.bin", "safetensors", {}, ""),
    ]


async def test_the_version_of_one_file_has_a_digest_too(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    version = await make_published(registry, by, model)
    found = await registry.list_files(by, model.id, "latest")
    assert [(file.path, file.sha256, file.main) for file in found.files] == [("iris.onnx", SHA256, True)]
    assert version.artifact is not None
    assert found.files[0].storage_key == version.artifact.storage_key
    assert found.digest == version.digest == manifest_digest(found.files)
    assert (version.file_count, version.total_size) == (1, version.artifact.size)


async def test_other_organizations_see_the_files_of_a_public_version(registry: Registry) -> None:
    by, model, upload = await make_set(registry)
    await registry.complete_upload(by, upload.id, SHA256)
    await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload), FOUND)
    await registry.update_model(by, model.id, ModelChange(is_public=True))
    with pytest.raises(NotFound):
        await registry.list_files(person(), model.id, "1.0.0")
    await registry.publish_version(by, model.id, "1.0.0")
    found = await registry.list_files(person(), model.id, "latest")
    assert (found.digest, len(found.files)) == (upload.manifest_digest, 3)


@pytest.mark.parametrize(
    "findings",
    [
        [],
        FOUND[:1],
        [*FOUND, Finding("model.onnx", "onnx", {})],
        [*FOUND, FOUND[0]],
        [replace(FOUND[0], path="other"), FOUND[1]],
        [replace(FOUND[0], details={"x": "y" * DETAILS_MAX_BYTES}), FOUND[1]],
    ],
)
async def test_each_file_beside_the_main_one_has_one_finding(registry: Registry, findings: list[Finding]) -> None:
    by, model, upload = await make_set(registry)
    await registry.complete_upload(by, upload.id, SHA256)
    with pytest.raises(InvalidInput):
        await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload), findings)
    assert (await registry.get_version(by, model.id, "1.0.0")).state is VersionState.VALIDATING


async def test_of_several_begun_files_the_first_one_wins(registry: Registry) -> None:
    by, _, upload = await make_set(registry)
    path = "weights/big.bin"
    begun = [BegunFile(path, f"id {i}", checksums=i % 2 == 0) for i in range(5)]
    found = await asyncio.gather(*(registry.begin_file(by, upload.id, each) for each in begun))
    assert len({(file.storage_upload_id, file.checksums) for file in found}) == 1
    (stored,) = [f for f in (await registry.get_upload(by, upload.id)).files if f.path == path]
    assert stored == found[0]
    assert stored.storage_upload_id in {each.storage_upload_id for each in begun}
    assert (await registry.begin_file(by, upload.id, BegunFile(path, "late"))) == stored


async def test_only_a_file_in_parts_of_an_open_upload_begins(registry: Registry) -> None:
    by, _, upload = await make_set(registry)
    for path in ("README.md", "absent", ""):
        with pytest.raises(InvalidInput) as caught:
            await registry.begin_file(by, upload.id, BegunFile(path, "id"))
        assert broken_field(caught)[0] == "path"
    with pytest.raises(NotFound):
        await registry.begin_file(person(), upload.id, BegunFile("weights/big.bin", "id"))
    await registry.complete_upload(by, upload.id, SHA256)
    with pytest.raises(WrongState):
        await registry.begin_file(by, upload.id, BegunFile("weights/big.bin", "id"))


async def test_a_list_that_breaks_a_rule_is_refused(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    start = set_start(model, SIZES)
    first, second, third = start.files
    broken = [
        (first, second, replace(third, path="../x")),
        (second, first, third),
        (first, replace(second, main=False), third),
        (first, second, replace(third, storage_key=f"{third.storage_key}0")),
        (first, second, replace(third, storage_key=first.storage_key)),
        (first, replace(second, part_size=6), third),
        (first, second, replace(third, part_size=1)),
        (first, replace(second, size=0, part_size=0), third),
    ]
    for files in broken:
        with pytest.raises(InvalidInput):
            await registry.start_upload(by, replace(start, files=files))
    assert (await registry.get_version(by, model.id, "1.0.0")).state is VersionState.DRAFT


async def test_an_upload_that_ends_leaves_no_list_of_files(store: Repository) -> None:
    registry = FakeRegistry(store)
    by, model, upload = await make_set(registry)
    await registry.abort_upload(by, upload.id)
    ended = [upload]
    replaced = await registry.start_upload(by, set_start(model, SIZES))
    upload = await registry.start_upload(by, set_start(model, SIZES, replace=True))
    ended.append(replaced)
    found = await store.upload(replaced.id)
    assert found is not None
    assert (found.state, found.replaced_by, found.file_count) == (UploadState.ABORTED, upload.id, 3)
    await registry.complete_upload(by, upload.id, SHA256)
    assert len(await store.upload_files(upload.id)) == 3
    await registry.record_validation(validator(by.tenant_id), upload.id, "it is not ONNX")
    ended.append(upload)
    deleted = await registry.start_upload(by, set_start(model, SIZES))
    await registry.delete_version(by, model.id, "1.0.0")
    ended.append(deleted)
    await make_draft(registry, by, model)
    purged = await registry.start_upload(by, set_start(model, SIZES))
    await registry.delete_model(by, model.id)
    ended.append(purged)
    for gone in ended:
        assert await store.upload_files(gone.id) == ()


async def test_a_quota_counts_all_bytes_of_a_set(store_with: Callable[[Mapping[Quota, int]], Repository]) -> None:
    registry = FakeRegistry(store_with({Quota.STORED_BYTES: 12}))
    by, model, upload = await make_set(registry, {"m.onnx": 5, "a": 7})
    await make_draft(registry, by, model, "1.1.0")
    with pytest.raises(QuotaExceeded):
        await registry.start_upload(by, set_start(model, {"m.onnx": 1}, "1.1.0"))
    await registry.complete_upload(by, upload.id, SHA256)
    found = Finding("a", "text", {})
    await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload), [found])
    used = {usage.quota: usage.use for usage in await registry.usage(by)}
    assert used[Quota.STORED_BYTES] == 12


async def test_a_list_of_a_thousand_files_is_stored_whole(store: Repository) -> None:
    registry = FakeRegistry(store)
    sizes = {"model.onnx": 5} | {f"{i:04d}/{'é' * 55}": SINGLE_MAX for i in range(999)}
    by, _, upload = await make_set(registry, sizes)
    await registry.complete_upload(by, upload.id, SHA256)
    found = [Finding(f.path, "text", {"n": f.path[:99]}, "v" * 32) for f in upload.files if not f.main]
    await registry.record_validation(validator(by.tenant_id), upload.id, artifact(upload), found)
    stored = await store.upload_files(upload.id)
    assert [file.path for file in stored] == [file.path for file in upload.files]
    assert {len(file.object_version) for file in stored if not file.main} == {32}
