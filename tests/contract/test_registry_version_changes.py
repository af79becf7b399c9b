"""Changes of a version, on every implementation of the registry."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from functions.registry.ports import Change, LostRace, Repository
from maas.domain.catalog.version_changes import NewVersion, VersionChange
from maas.domain.catalog.versions import Version
from maas.domain.errors import InvalidInput, MaasError, NotFound, PermissionDenied, RevisionMismatch, WrongState
from maas.domain.identity.principals import Role
from maas.services.ports.registry import Registry
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import broken_field, make_draft, make_model, make_published, make_ready, person

DESCRIPTION = VersionChange(
    changelog="Better.", metadata={"team": "flowers"}, metrics={"auc": 0.5}, model_card="# Iris"
)


def without_description(version: Version) -> Version:
    """Clears the fields that DESCRIPTION changes, and those that every change sets."""
    at = version.created_at
    return replace(version, changelog="", metadata={}, metrics={}, model_card="", revision=0, updated_at=at)


@pytest.mark.parametrize("state", ["draft", "published", "deprecated"])
async def test_descriptive_fields_can_change_in_every_state(registry: Registry, state: str) -> None:
    by = person()
    model = await make_model(registry, by)
    if state == "draft":
        await make_draft(registry, by, model)
    else:
        await make_published(registry, by, model)
    if state == "deprecated":
        await registry.deprecate_version(by, model.id, "1.0.0")
    before = await registry.get_version(by, model.id, "1.0.0")
    after = await registry.update_version(by, model.id, "v1.0.0", DESCRIPTION)
    assert (after.changelog, after.metadata, after.metrics, after.model_card) == (
        DESCRIPTION.changelog,
        DESCRIPTION.metadata,
        DESCRIPTION.metrics,
        DESCRIPTION.model_card,
    )
    assert after.revision == before.revision + 1
    assert after.updated_at > before.updated_at
    assert without_description(after) == without_description(before)
    assert await registry.get_version(by, model.id, "1.0.0") == after


async def test_an_update_keeps_unnamed_fields_and_ignores_equal_values(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    changed = await registry.update_version(by, model.id, "1.0.0", DESCRIPTION)
    assert await registry.update_version(by, model.id, "1.0.0", DESCRIPTION) == changed
    emptied = await registry.update_version(by, model.id, "1.0.0", VersionChange(changelog="", metrics={}))
    assert (emptied.changelog, emptied.metrics, emptied.metadata) == ("", {}, DESCRIPTION.metadata)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("class_names", ["a", "b"], ["b", "a"]),
        ("class_names", ["a", "b"], None),
        ("class_names", None, ["a"]),
        ("feature_names", ["a", "b"], ["b", "a"]),
        ("nondeterministic", True, False),
        ("nondeterministic", True, None),
    ],
)
async def test_publishing_fixes_the_metadata_that_predictions_use(
    registry: Registry, name: str, before: Any, after: Any
) -> None:
    by = person()
    model = await make_model(registry, by)
    metadata = {"team": "flowers", **({} if before is None else {name: before})}
    await make_ready(registry, by, model)
    for draft in ({} if after is None else {name: after}, metadata):
        await registry.update_version(by, model.id, "1.0.0", VersionChange(metadata=draft))
    await registry.publish_version(by, model.id, "1.0.0")
    changed = {**metadata, name: after} if after is not None else {"team": "flowers"}
    with pytest.raises(WrongState, match=r"version 1\.0\.0 is published") as error:
        await registry.update_version(by, model.id, "1.0.0", VersionChange(metadata=changed))
    assert broken_field(error) == (f"metadata.{name}", "state")
    beside = VersionChange(metadata={**metadata, "team": "trees"})
    assert (await registry.update_version(by, model.id, "1.0.0", beside)).metadata == beside.metadata


async def test_one_of_two_changes_of_a_revision_succeeds(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    draft = await make_draft(registry, by, model)
    calls = [
        registry.update_version(
            by, model.id, "1.0.0", VersionChange(changelog=changelog, expected_revision=draft.revision)
        )
        for changelog in ("one", "two")
    ]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    [lost] = [answer for answer in answers if isinstance(answer, MaasError)]
    [won] = [answer for answer in answers if isinstance(answer, Version)]
    assert isinstance(lost, RevisionMismatch)
    assert await registry.get_version(by, model.id, "1.0.0") == won


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (VersionChange(changelog="x" * 4097), "changelog"),
        (VersionChange(model_card="x" * 16385), "model_card"),
        (VersionChange(metrics={"a": float("nan")}), "metrics.a"),
        (VersionChange(metadata={"a": [[[[[[[[1]]]]]]]]}), "metadata"),
        (VersionChange(metadata={"max_concurrency": 0}), "metadata.max_concurrency"),
        (VersionChange(metadata={"batching": {"max_size": 0, "window_ms": 5}}), "metadata.batching.max_size"),
    ],
)
async def test_update_version_names_the_bad_field(registry: Registry, change: VersionChange, field: str) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    with pytest.raises(InvalidInput) as error:
        await registry.update_version(by, model.id, "1.0.0", change)
    assert broken_field(error)[0] == field


async def test_only_writers_of_a_model_can_change_its_versions(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by, is_public=True)
    await make_published(registry, by, model)
    with pytest.raises(PermissionDenied):
        await registry.update_version(person(by.tenant_id, Role.VIEWER), model.id, "1.0.0", DESCRIPTION)
    for caller, number in ((person(), "1.0.0"), (by, "2.0.0")):
        with pytest.raises(NotFound):
            await registry.update_version(caller, model.id, number, DESCRIPTION)


async def test_a_state_change_with_a_stale_revision_is_refused(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    ready, draft = await make_ready(registry, by, model), await make_draft(registry, by, model, "1.1.0")
    for move, version in (
        (registry.publish_version(by, model.id, "1.0.0", expected_revision=ready.revision - 1), ready),
        (registry.delete_version(by, model.id, "1.1.0", expected_revision=draft.revision + 1), draft),
    ):
        with pytest.raises(RevisionMismatch):
            await move
        assert await registry.get_version(by, model.id, version.version) == version
    published = await registry.publish_version(by, model.id, "1.0.0", expected_revision=ready.revision)
    with pytest.raises(RevisionMismatch):
        await registry.deprecate_version(by, model.id, "1.0.0", ready.revision)
    deprecated = await registry.deprecate_version(by, model.id, "1.0.0", published.revision)
    assert deprecated.state == "deprecated"
    await registry.delete_version(by, model.id, "1.1.0", draft.revision)
    with pytest.raises(NotFound):
        await registry.get_version(by, model.id, "1.1.0")


async def test_a_conditional_publish_sent_twice_succeeds_twice(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    ready = await make_ready(registry, by, model)
    published = await registry.publish_version(by, model.id, "1.0.0", expected_revision=ready.revision)
    assert await registry.publish_version(by, model.id, "1.0.0", expected_revision=ready.revision) == published
    deprecated = await registry.deprecate_version(by, model.id, "1.0.0", published.revision)
    assert await registry.deprecate_version(by, model.id, "1.0.0", published.revision) == deprecated


@pytest.mark.parametrize("released", [False, True])
async def test_a_guarded_bump_sent_twice_creates_one_version(registry: Registry, released: bool) -> None:
    by = person()
    model = await make_model(registry, by)
    if released:  # otherwise a draft changes the model anyhow: it is the headline
        await make_published(registry, by, model)
    revision = (await registry.get_model(by, model.id)).revision
    made = await registry.create_version(by, model.id, NewVersion(bump="minor"), revision)
    with pytest.raises(RevisionMismatch, match=f"the model is at revision {revision + 1}, not {revision}"):
        await registry.create_version(by, model.id, NewVersion(bump="minor"), revision)
    found = await registry.list_versions(by, model.id, limit=10, cursor="")
    assert [version.version for version in found.items] == [made.version, "1.0.0"][: 1 + released]


async def test_a_recreated_draft_has_new_revisions(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    seen: list[int] = []
    for changelog in ("first", "second", "third"):
        made = await make_draft(registry, by, model)
        changed = await registry.update_version(by, model.id, "1.0.0", VersionChange(changelog=changelog))
        for old in seen:
            with pytest.raises(RevisionMismatch):
                await registry.delete_version(by, model.id, "1.0.0", old)
        seen += [made.revision, changed.revision]
        await registry.delete_version(by, model.id, "1.0.0", changed.revision)
    assert seen == [1, 2, 3, 4, 5, 6]


async def test_a_draft_based_on_a_stale_model_loses_the_race(store: Repository) -> None:
    registry, by = FakeRegistry(store), person()
    model = await make_model(registry, by)
    await make_published(registry, by, model, "2.0.0")  # so that another draft leaves the model as it is
    for _ in range(2):
        read = await store.model(model.id)
        assert read is not None
        await make_draft(registry, by, model)
        draft = await store.version(model.id, "1.0.0")
        await registry.delete_version(by, model.id, "1.0.0")
        with pytest.raises(LostRace):
            await store.commit(Change(None, draft), Change(read, read), by=by)


async def test_a_blank_reason_to_force_is_refused(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_ready(registry, by, model)
    with pytest.raises(InvalidInput) as refused:
        await registry.publish_version(by, model.id, "1.0.0", " \n")
    assert broken_field(refused) == ("force", "min_length")
