"""Versions, on every implementation of the registry."""

import asyncio

import pytest

from maas.domain.catalog.version_changes import NewVersion
from maas.domain.catalog.versions import VersionState
from maas.domain.errors import (
    AlreadyExists,
    InvalidInput,
    NotFound,
    WrongState,
)
from maas.domain.identity.principals import Role, validator
from maas.services.ports.registry import Registry
from tests.fakes.registry import fake_registry
from tests.support.registry_server import (
    SHA256,
    broken_field,
    make_draft,
    make_model,
    make_published,
    make_ready,
    make_upload,
    person,
)


async def test_a_draft_is_read_back(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    metadata = {"classes": ["setosa", "versicolor"], "score": 0.97, "nested": {"deep": [1, None, True]}}
    new = NewVersion(version="v1.0.0-rc.1+b", changelog="first\nof all", metadata=metadata)
    draft = await registry.create_version(by, model.id, new)
    assert (draft.version, draft.state, draft.metadata) == ("1.0.0-rc.1+b", VersionState.DRAFT, metadata)
    assert await registry.get_version(by, model.id, "1.0.0-rc.1+b") == draft


async def test_lists_of_versions_omit_the_model_card(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    card, metrics = "# Iris\n\nTrained on *Fisher, 1936*.", {"auc": 0.1 + 0.2, "rows": 120, "loss": -1e-300}
    draft = await registry.create_version(by, model.id, NewVersion(bump="major", metrics=metrics, model_card=card))
    assert (draft.metrics, draft.model_card) == (metrics, card)
    assert await registry.get_version(by, model.id, "1.0.0") == draft
    [listed] = (await registry.list_versions(by, model.id, limit=1, cursor="")).items
    assert (listed.metrics, listed.model_card) == (metrics, "")


async def test_versions_are_listed_by_precedence_in_pages(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    numbers = ["1.10.0", "1.9.0", "1.9.0-rc.2", "1.9.0-alpha", "0.1.0"]
    for number in sorted(numbers):
        await make_draft(registry, by, model, number)
    first = await registry.list_versions(by, model.id, limit=3, cursor="")
    rest = await registry.list_versions(by, model.id, limit=3, cursor=first.next_cursor)
    assert [v.version for v in (*first.items, *rest.items)] == numbers
    assert rest.next_cursor == ""
    with pytest.raises(InvalidInput):
        await registry.list_versions(by, model.id, limit=0, cursor="")
    with pytest.raises(InvalidInput):
        await registry.list_versions(by, model.id, limit=3, cursor="x")


async def test_numbers_that_differ_in_build_metadata_only_collide(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model, "1.0.0+a")
    for number in ("1.0.0+a", "1.0.0+b", "1.0.0"):
        with pytest.raises(AlreadyExists) as error:
            await make_draft(registry, by, model, number)
        assert broken_field(error) == ("version", "unique")
    with pytest.raises(NotFound):
        await registry.get_version(by, model.id, "1.0.0+b")


@pytest.mark.parametrize("ref", ["Newest", " ", "^", "1 ||", "1" * 100])
async def test_an_invalid_reference_is_refused(registry: Registry, ref: str) -> None:
    by = person()
    model = await make_model(registry, by)
    with pytest.raises(InvalidInput) as error:
        await registry.get_version(by, model.id, ref)
    assert broken_field(error)[0] == "ref"


async def test_unknown_versions_and_models_are_not_found(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    with pytest.raises(NotFound):
        await registry.get_version(by, model.id, "1.0.0")
    with pytest.raises(NotFound):
        await registry.get_version(by, model.id, "latest")
    with pytest.raises(NotFound):
        await registry.publish_version(by, model.id, "1.0.0")
    with pytest.raises(NotFound):
        await make_draft(registry, by, await make_model(fake_registry(), by))


async def test_a_range_selects_the_highest_published_match(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    for number in ("1.1.0", "1.2.0", "1.10.0-rc.1", "1.10.0-rc.2", "2.0.0+build.5"):
        await make_published(registry, by, model, number)
    await make_ready(registry, by, model, "1.3.0")
    await make_draft(registry, by, model, "2.1.0")
    expected = {
        "^1": "1.2.0",
        "<1.2": "1.1.0",
        "<=1.2.0": "1.2.0",
        "*": "2.0.0+build.5",
        ">=2.0.0": "2.0.0+build.5",
        "1.0.0 - 1.1.5": "1.1.0",
        "1.1.x || =1.2.0": "1.2.0",
        "^1.10.0-rc.1": "1.10.0-rc.2",
        "<1.10.0-rc.2": "1.10.0-rc.1",
        "<1.10.0": "1.2.0",
        ">1.10.0-rc.0 <1.10.0-rc.2": "1.10.0-rc.1",
    }
    found = {ref: (await registry.get_version(by, model.id, ref)).version for ref in expected}
    assert found == expected


@pytest.mark.parametrize("ref", ["^3", ">1.0.0", "<1.0.0", "1.0.0-rc.2 - 1.0.0-rc.3", "=1.1.0"])
async def test_a_range_without_a_published_match_is_not_found(registry: Registry, ref: str) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model, "1.0.0")
    await make_published(registry, by, model, "1.0.0-rc.1")
    await make_ready(registry, by, model, "1.1.0")
    with pytest.raises(NotFound) as error:
        await registry.get_version(by, model.id, ref)
    assert broken_field(error) == ("ref", "exists")


async def test_a_range_of_a_deleted_model_is_not_found(registry: Registry) -> None:
    by = person("", Role.ADMIN)
    model = await make_model(registry, by)
    await make_published(registry, by, model)
    await registry.delete_model(by, model.id)
    with pytest.raises(NotFound):
        await registry.get_version(by, model.id, "^1")


async def test_deleting_a_draft_frees_its_number(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model, "1.0.0+a")
    upload = await make_upload(registry, by, model, "1.0.0+a")
    await registry.abort_upload(by, upload.id)
    await registry.delete_version(by, model.id, "v1.0.0+a")
    for call in (
        registry.get_version(by, model.id, "1.0.0+a"),
        registry.delete_version(by, model.id, "1.0.0+a"),
        registry.get_upload(by, upload.id),
    ):
        with pytest.raises(NotFound):
            await call
    await make_published(registry, by, model, "1.0.0")
    assert (await registry.get_version(by, model.id, "latest")).version == "1.0.0"


async def test_a_failed_version_can_be_deleted_or_uploaded_again(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    for number in ("1.0.0", "2.0.0"):
        await make_draft(registry, by, model, number)
        upload = await make_upload(registry, by, model, number)
        await registry.complete_upload(by, upload.id, SHA256)
        failed = await registry.record_validation(validator(by.tenant_id), upload.id, "not ONNX")
        assert (failed.state, failed.failure) == (VersionState.FAILED, "not ONNX")
    await registry.delete_version(by, model.id, "1.0.0")
    await make_upload(registry, by, model, "2.0.0")
    again = await registry.get_version(by, model.id, "2.0.0")
    assert (again.state, again.failure) == (VersionState.UPLOADING, "")
    assert [v.version for v in (await registry.list_versions(by, model.id, limit=5, cursor="")).items] == ["2.0.0"]


async def test_a_version_that_was_published_cannot_be_deleted(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model)
    for state in (VersionState.PUBLISHED, VersionState.DEPRECATED):
        with pytest.raises(WrongState, match=f"1.0.0 is {state}; a version that was published can't be deleted"):
            await registry.delete_version(by, model.id, "1.0.0")
        await registry.deprecate_version(by, model.id, "1.0.0")


async def test_a_bump_counts_from_the_highest_version(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    made = [
        await registry.create_version(by, model.id, NewVersion(bump=bump))
        for bump in ("minor", "patch", "prerelease", "prerelease", "patch", "major", "prerelease", "minor")
    ]
    expected = ["0.1.0", "0.1.1", "0.1.2-rc.1", "0.1.2-rc.2", "0.1.2", "1.0.0", "1.0.1-rc.1", "1.1.0"]
    assert [version.version for version in made] == expected
    assert [version.parent for version in made] == ["", *expected[:-1]]


async def test_concurrent_bumps_get_different_numbers(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    made = await asyncio.gather(*(registry.create_version(by, model.id, NewVersion(bump="patch")) for _ in range(4)))
    assert sorted(version.version for version in made) == ["0.0.1", "0.0.2", "0.0.3", "0.0.4"]


async def test_a_parent_must_be_a_version_of_the_model(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model, "1.0.0")
    child = await registry.create_version(by, model.id, NewVersion(version="0.9.0", parent="v1.0.0"))
    assert (await registry.get_version(by, model.id, "0.9.0")).parent == child.parent == "1.0.0"
    with pytest.raises(NotFound) as error:
        await registry.create_version(by, model.id, NewVersion(bump="major", parent="3.0.0"))
    assert broken_field(error) == ("parent", "exists")


@pytest.mark.parametrize(
    ("new", "broken"),
    [
        (NewVersion(), ("version", "semver")),
        (NewVersion(version="1.0.0", bump="major"), ("bump", "exclusive")),
        (NewVersion(version="1.0.0", metadata={"max_concurrency": "a"}), ("metadata.max_concurrency", "type")),
        (NewVersion(bump="Major"), ("bump", "enum")),
        (NewVersion(bump="major", parent="latest"), ("parent", "semver")),
        (NewVersion(version="1.0.0", changelog="\0"), ("changelog", "control_characters")),
    ],
)
async def test_create_version_names_the_bad_field(registry: Registry, new: NewVersion, broken: tuple[str, str]) -> None:
    by = person()
    model = await make_model(registry, by)
    with pytest.raises(InvalidInput) as error:
        await registry.create_version(by, model.id, new)
    assert broken_field(error) == broken


async def test_a_forged_cursor_is_invalid(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    with pytest.raises(InvalidInput) as error:
        await registry.list_versions(by, model.id, limit=1, cursor="A" * 40)
    assert broken_field(error)[0] == "cursor"
