"""Versions, on every implementation of the registry."""

import pytest

from functions.registry import cursors
from maas.domain.errors import (
    AlreadyExists,
    InvalidInput,
    NotFound,
    WrongState,
)
from maas.domain.models import ModelChange, ModelStatus
from maas.domain.principals import Role
from maas.domain.versions import VersionState
from maas.services.ports import Registry
from tests.fakes.registry import fake_registry
from tests.registry import (
    broken_field,
    make_draft,
    make_model,
    make_published,
    make_ready,
    person,
)


async def test_a_draft_is_read_back(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    metadata = {"classes": ["setosa", "versicolor"], "score": 0.97, "nested": {"deep": [1, None, True]}}
    draft = await registry.create_version(by, model.id, "v1.0.0-rc.1+b", changelog="first\nof all", metadata=metadata)
    assert (draft.version, draft.state, draft.metadata) == ("1.0.0-rc.1+b", VersionState.DRAFT, metadata)
    assert await registry.get_version(by, model.id, "1.0.0-rc.1+b") == draft


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


@pytest.mark.parametrize("ref", ["newest", "", "^", "1 ||", "1" * 100])
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
        await registry.list_versions(by, model.id, limit=1, cursor=cursors.encode("1.0", f"versions {model.id}"))
    assert broken_field(error)[0] == "cursor"
