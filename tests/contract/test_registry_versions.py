"""Versions, on every implementation of the registry."""

import asyncio
import re
from dataclasses import replace

import pytest

from maas.domain.catalog.models import ModelChange, ModelStatus
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.catalog.versions import Signature, Tensor, VersionState
from maas.domain.errors import (
    AlreadyExists,
    Incompatible,
    InvalidInput,
    NotFound,
    WrongState,
)
from maas.domain.identity.principals import Principal, Role, validator
from maas.services.ports.registry import Registry
from tests.fakes.registry import fake_registry
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


async def test_a_draft_is_read_back(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    metadata = {"classes": ["setosa", "versicolor"], "score": 0.97, "nested": {"deep": [1, None, True]}}
    new = NewVersion(version="v1.0.0-rc.1+b", changelog="first\nof all", metadata=metadata)
    draft = await registry.create_version(by, model.id, new)
    assert (draft.version, draft.state, draft.metadata) == ("1.0.0-rc.1+b", VersionState.DRAFT, metadata)
    assert await registry.get_version(by, model.id, "1.0.0-rc.1+b") == draft


async def test_metrics_and_model_card_are_read_back_and_lists_leave_the_card_out(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    card, metrics = "# Iris\n\nTrained on *Fisher, 1936*.", {"auc": 0.1 + 0.2, "rows": 120, "loss": -1e-300}
    draft = await registry.create_version(by, model.id, NewVersion(bump="major", metrics=metrics, model_card=card))
    assert (draft.metrics, draft.model_card) == (metrics, card)
    assert await registry.get_version(by, model.id, "1.0.0") == draft
    [listed] = (await registry.list_versions(by, model.id, limit=1, cursor="")).items
    assert (listed.metrics, listed.model_card) == (metrics, "")


async def test_versions_come_by_precedence_page_by_page(registry: Registry) -> None:
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


async def test_a_version_number_is_unique_build_metadata_aside(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model, "1.0.0+a")
    for number in ("1.0.0+a", "1.0.0+b", "1.0.0"):
        with pytest.raises(AlreadyExists) as error:
            await make_draft(registry, by, model, number)
        assert broken_field(error) == ("version", "unique")
    with pytest.raises(NotFound):
        await registry.get_version(by, model.id, "1.0.0+b")


@pytest.mark.parametrize("ref", ["Newest", "", "^", "1 ||", "1" * 100])
async def test_a_reference_that_is_none_is_invalid(registry: Registry, ref: str) -> None:
    by = person()
    model = await make_model(registry, by)
    with pytest.raises(InvalidInput) as error:
        await registry.get_version(by, model.id, ref)
    assert broken_field(error)[0] == "ref"


async def test_what_was_never_created_is_not_found(registry: Registry) -> None:
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


async def test_publishing_moves_latest_upwards_only(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    for number, latest in (("1.0.0", "1.0.0"), ("0.9.0", "1.0.0"), ("2.0.0-rc.1", "1.0.0"), ("1.1.0", "1.1.0")):
        published = await make_published(registry, by, model, number)
        assert (published.state, published.published_at is None) == (VersionState.PUBLISHED, False)
        seen = await registry.get_model(by, model.id)
        assert (seen.latest_version, seen.status) == (latest, ModelStatus.READY)
        assert (await registry.get_version(by, model.id, "latest")).version == latest


async def test_a_range_is_the_highest_published_match(registry: Registry) -> None:
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
async def test_a_range_that_nothing_published_matches_is_not_found(registry: Registry, ref: str) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model, "1.0.0")
    await make_published(registry, by, model, "1.0.0-rc.1")
    await make_ready(registry, by, model, "1.1.0")
    with pytest.raises(NotFound) as error:
        await registry.get_version(by, model.id, ref)
    assert broken_field(error) == ("ref", "exists")


async def test_a_deleted_model_leaves_nothing_for_a_range(registry: Registry) -> None:
    by = person("", Role.ADMIN)
    model = await make_model(registry, by)
    await make_published(registry, by, model)
    await registry.delete_model(by, model.id)
    with pytest.raises(NotFound):
        await registry.get_version(by, model.id, "^1")


async def test_publishing_again_answers_the_same(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    published = await make_published(registry, by, model)
    revision = (await registry.get_model(by, model.id)).revision
    assert await registry.publish_version(by, model.id, "v1.0.0") == published
    assert (await registry.get_model(by, model.id)).revision == revision


async def test_deprecating_moves_latest_down_and_ranges_pass_over_it(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    for number in ("1.0.0", "1.1.0-rc.1", "1.1.0", "1.2.0+b"):
        await make_published(registry, by, model, number)
    for gone, latest in (("1.0.0", "1.2.0+b"), ("1.2.0+b", "1.1.0"), ("1.1.0", "")):
        deprecated = await registry.deprecate_version(by, model.id, gone)
        assert (deprecated.state, deprecated.deprecated_at is None) == (VersionState.DEPRECATED, False)
        assert (await registry.get_model(by, model.id)).latest_version == latest
        assert await registry.get_version(by, model.id, gone) == deprecated
        if latest:
            for ref in ("latest", "*", "^1"):
                assert (await registry.get_version(by, model.id, ref)).version == latest
    for ref in ("latest", "*", "^1"):
        with pytest.raises(NotFound):
            await registry.get_version(by, model.id, ref)
    assert (await registry.get_version(by, model.id, ">=1.1.0-rc.0")).version == "1.1.0-rc.1"


async def test_deprecating_again_answers_the_same(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model)
    deprecated = await registry.deprecate_version(by, model.id, "1.0.0")
    revision = (await registry.get_model(by, model.id)).revision
    assert await registry.deprecate_version(by, model.id, "v1.0.0") == deprecated
    assert (await registry.get_model(by, model.id)).revision == revision
    with pytest.raises(WrongState, match="deprecated and can't become published"):
        await registry.publish_version(by, model.id, "1.0.0")


async def test_only_what_is_published_is_deprecated(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_ready(registry, by, model)
    with pytest.raises(WrongState, match="ready and can't become deprecated"):
        await registry.deprecate_version(by, model.id, "1.0.0")
    with pytest.raises(NotFound):
        await registry.deprecate_version(by, model.id, "2.0.0")


async def test_a_draft_is_deleted_and_its_number_is_free_again(registry: Registry) -> None:
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


async def test_a_failed_version_is_deleted_or_uploaded_again(registry: Registry) -> None:
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


BROKEN = Signature(inputs=(Tensor("X", "int64", (-1, 4)), Tensor("Z", "float", ())), outputs=SIGNATURE.outputs[:1])


@pytest.mark.parametrize("number", ["1.1.0", "1.0.1", "1.9.0+b"])
async def test_a_minor_or_patch_that_breaks_callers_is_refused_with_each_reason(
    registry: Registry, number: str
) -> None:
    by = person()
    model = await make_model(registry, by)
    for published in ("0.9.0", "1.0.0", "2.0.0"):
        await make_published(registry, by, model, published)
    ready = await make_ready(registry, by, model, number, BROKEN)
    with pytest.raises(Incompatible, match=f"{re.escape(number)} breaks callers of 1.0.0.* in 3 way") as error:
        await registry.publish_version(by, model.id, number)
    reasons = [(found.field, found.rule) for found in error.value.fields]
    assert reasons == [("inputs.Z", "added"), ("inputs.X", "dtype"), ("outputs.probabilities", "removed")]
    assert await registry.get_version(by, model.id, number) == ready
    forced = await registry.publish_version(by, model.id, number, "all callers are ours")
    assert (forced.state, forced.forced) == (VersionState.PUBLISHED, "all callers are ours")
    assert (await registry.get_version(by, model.id, "^1")).forced == "all callers are ours"


@pytest.mark.parametrize("number", ["2.0.0", "1.1.0-rc.1", "0.9.0"])
async def test_a_major_a_prerelease_and_the_first_of_its_major_may_break(registry: Registry, number: str) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_published(registry, by, model, "1.0.0")
    await make_ready(registry, by, model, number, BROKEN)
    published = await registry.publish_version(by, model.id, number, "to be sure")
    assert (published.state, published.forced) == (VersionState.PUBLISHED, "")


async def test_others_learn_of_a_public_version_neither_maker_nor_why_it_was_forced_nor_a_parent_they_cannot_see(
    registry: Registry,
) -> None:
    owner, other = person(), person()
    model = await make_model(registry, owner, is_public=True)
    for number, parent in (("1.0.0", ""), ("1.1.0-rc.1", ""), ("1.1.0", "1.0.0"), ("1.2.0", "1.1.0-rc.1")):
        await registry.create_version(owner, model.id, NewVersion(version=number, parent=parent))
    for number in ("1.0.0", "1.1.0", "1.2.0"):
        upload = await make_upload(registry, owner, model, number)
        await registry.complete_upload(owner, upload.id, SHA256)
        found = replace(artifact(upload), signature=SIGNATURE if number == "1.0.0" else BROKEN)
        await registry.record_validation(validator(owner.tenant_id), upload.id, found)
        await registry.publish_version(owner, model.id, number, "callers are ours")

    async def seen(by: Principal) -> list[tuple[str, str, str]]:
        listed = [v for v in (await registry.list_versions(by, model.id, limit=9, cursor="")).items if v.published_at]
        assert [await registry.get_version(by, model.id, v.version) for v in listed] == listed
        return [(v.created_by, v.forced, v.parent) for v in listed]

    forced = "callers are ours"
    assert await seen(owner) == [
        (owner.subject, "", "1.1.0-rc.1"),
        (owner.subject, forced, "1.0.0"),
        (owner.subject, "", ""),
    ]
    assert await seen(other) == [("", "", ""), ("", "", "1.0.0"), ("", "", "")]


async def test_what_callers_may_have_seen_is_not_deleted(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_ready(registry, by, model)
    for state in (VersionState.READY, VersionState.PUBLISHED, VersionState.DEPRECATED):
        with pytest.raises(WrongState, match=f"1.0.0 is {state} and can't be deleted; only draft or failed"):
            await registry.delete_version(by, model.id, "1.0.0")
        move = registry.publish_version if state is VersionState.READY else registry.deprecate_version
        await move(by, model.id, "1.0.0")


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


async def test_bumps_at_once_get_numbers_of_their_own(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    made = await asyncio.gather(*(registry.create_version(by, model.id, NewVersion(bump="patch")) for _ in range(4)))
    assert sorted(version.version for version in made) == ["0.0.1", "0.0.2", "0.0.3", "0.0.4"]


async def test_a_parent_is_a_version_of_the_model(registry: Registry) -> None:
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
        (NewVersion(bump="Major"), ("bump", "enum")),
        (NewVersion(bump="major", parent="latest"), ("parent", "semver")),
        (NewVersion(version="1.0.0", changelog="\0"), ("changelog", "control_characters")),
    ],
)
async def test_a_bad_draft_names_the_field(registry: Registry, new: NewVersion, broken: tuple[str, str]) -> None:
    by = person()
    model = await make_model(registry, by)
    with pytest.raises(InvalidInput) as error:
        await registry.create_version(by, model.id, new)
    assert broken_field(error) == broken


async def test_publishing_keeps_a_status_that_its_owner_chose(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await registry.update_model(by, model.id, ModelChange(status="archived"))
    await make_published(registry, by, model)
    assert (await registry.get_model(by, model.id)).status is ModelStatus.ARCHIVED


async def test_a_draft_cannot_be_published(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    with pytest.raises(WrongState, match="draft and can't become published"):
        await registry.publish_version(by, model.id, "1.0.0")


async def test_a_forged_cursor_is_invalid(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    with pytest.raises(InvalidInput) as error:
        await registry.list_versions(by, model.id, limit=1, cursor="A" * 40)
    assert broken_field(error)[0] == "cursor"
