"""API keys that are narrowed to versions: all others look absent to them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from maas.domain.catalog.aliases import AliasTarget, Expectation
from maas.domain.catalog.models import Model, ModelChange
from maas.domain.catalog.version_changes import NewVersion, VersionChange
from maas.domain.errors import NotFound, PermissionDenied
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.domain.uploads.sessions import Upload
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.registry_server import make_draft, make_model, make_published, make_upload, person

ANY = Expectation(exists=True)
Call = Callable[[FakeRegistry, Principal, str], Awaitable[object]]


async def _world(range_text: str) -> tuple[FakeRegistry, Principal, Principal, Model]:
    """A model with 1.0.0, 1.1.0, 2.0.0 and drafts of 1.2.0 and 2.1.0, its owner, and the owner's key."""
    registry, owner = fake_registry(), person()
    model = await make_model(registry, owner)
    for number in ("1.0.0", "1.1.0", "2.0.0"):
        await make_published(registry, owner, model, number)
    for number in ("1.2.0", "2.1.0"):
        await make_draft(registry, owner, model, number)
    return registry, owner, replace(owner, narrowed={model.id: range_text}), model


async def _upload(registry: FakeRegistry, by: Principal, model_id: str, number: str) -> Upload:
    return await make_upload(registry, by, await registry.get_model(by, model_id), number)


_CALLS: dict[str, tuple[Call, Call]] = {
    "get": (
        lambda registry, by, model: registry.get_version(by, model, "1.0.0"),
        lambda registry, by, model: registry.get_version(by, model, "2.0.0"),
    ),
    "latest": (
        lambda registry, by, model: registry.get_version(by, model, "^1"),
        lambda registry, by, model: registry.get_version(by, model, "latest"),
    ),
    "default": (
        lambda registry, by, model: registry.get_version(by, model, "~1.1"),
        lambda registry, by, model: registry.get_version(by, model, ""),
    ),
    "create": (
        lambda registry, by, model: registry.create_version(by, model, NewVersion(version="1.9.0")),
        lambda registry, by, model: registry.create_version(by, model, NewVersion(version="2.9.0")),
    ),
    "bump": (
        lambda registry, by, model: registry.create_version(by, model, NewVersion(version="1.8.0", parent="1.0.0")),
        lambda registry, by, model: registry.create_version(by, model, NewVersion(bump="major")),
    ),
    "parent": (
        lambda registry, by, model: registry.create_version(by, model, NewVersion(version="1.7.0", parent="1.1.0")),
        lambda registry, by, model: registry.create_version(by, model, NewVersion(version="1.6.0", parent="2.0.0")),
    ),
    "update": (
        lambda registry, by, model: registry.update_version(by, model, "1.2.0", VersionChange(changelog="x")),
        lambda registry, by, model: registry.update_version(by, model, "2.1.0", VersionChange(changelog="x")),
    ),
    "publish": (
        lambda registry, by, model: registry.publish_version(by, model, "1.0.0"),
        lambda registry, by, model: registry.publish_version(by, model, "2.0.0"),
    ),
    "deprecate": (
        lambda registry, by, model: registry.deprecate_version(by, model, "1.0.0"),
        lambda registry, by, model: registry.deprecate_version(by, model, "2.0.0"),
    ),
    "delete": (
        lambda registry, by, model: registry.delete_version(by, model, "1.2.0"),
        lambda registry, by, model: registry.delete_version(by, model, "2.1.0"),
    ),
    "alias": (
        lambda registry, by, model: registry.set_alias(by, model, AliasTarget(alias="live", version="1.0.0")),
        lambda registry, by, model: registry.set_alias(by, model, AliasTarget(alias="next", version="2.0.0")),
    ),
    "upload": (
        lambda registry, by, model: _upload(registry, by, model, "1.2.0"),
        lambda registry, by, model: _upload(registry, by, model, "2.1.0"),
    ),
}


@pytest.mark.parametrize("name", _CALLS)
async def test_a_version_outside_of_the_range_looks_absent(name: str) -> None:
    registry, owner, key, model = await _world("1.x")
    inside, outside = _CALLS[name]
    with pytest.raises(NotFound):
        await outside(registry, key, model.id)
    await inside(registry, key, model.id)
    await outside(registry, owner, model.id)


async def test_a_list_has_the_versions_of_the_range() -> None:
    registry, _, key, model = await _world("^1.1")
    first = await registry.list_versions(key, model.id, limit=1, cursor="")
    second = await registry.list_versions(key, model.id, limit=1, cursor=first.next_cursor)
    assert [version.version for version in first.items + second.items] == ["1.2.0", "1.1.0"]
    assert second.next_cursor == ""


async def test_an_upload_of_a_version_outside_looks_absent() -> None:
    registry, owner, key, model = await _world("1.x")
    mine, other = [await _upload(registry, owner, model.id, number) for number in ("1.2.0", "2.1.0")]
    assert await registry.get_upload(key, mine.id) == mine
    for call in (registry.get_upload, registry.abort_upload):
        with pytest.raises(NotFound):
            await call(key, other.id)
    with pytest.raises(NotFound):
        await registry.complete_upload(key, other.id, "0" * 64)


async def test_a_rollback_to_a_version_outside_is_refused() -> None:
    registry, owner, key, model = await _world("1.x")
    await registry.set_alias(owner, model.id, AliasTarget(alias="live", version="2.0.0"))
    alias, _ = await registry.set_alias(owner, model.id, AliasTarget(alias="live", version="1.0.0", expected=ANY))
    with pytest.raises(NotFound):
        await registry.rollback_alias(key, model.id, "live")
    assert await registry.get_alias(key, model.id, "live") == alias


_ALIAS_CALLS: dict[str, Call] = {
    "move": lambda registry, by, model: registry.set_alias(
        by, model, AliasTarget(alias="live", version="1.1.0", expected=ANY)
    ),
    "delete": lambda registry, by, model: registry.delete_alias(by, model, "live"),
    "rollback": lambda registry, by, model: registry.rollback_alias(by, model, "live"),
}


@pytest.mark.parametrize("name", _ALIAS_CALLS)
async def test_an_alias_of_a_version_outside_of_the_range_stays(name: str) -> None:
    registry, owner, key, model = await _world("1.x")
    await registry.set_alias(owner, model.id, AliasTarget(alias="live", version="1.0.0"))
    alias, _ = await registry.set_alias(owner, model.id, AliasTarget(alias="live", version="2.0.0", expected=ANY))
    with pytest.raises(NotFound):
        await _ALIAS_CALLS[name](registry, key, model.id)
    assert await registry.get_alias(key, model.id, "live") == alias
    await _ALIAS_CALLS[name](registry, owner, model.id)


@pytest.mark.parametrize(
    "change", [ModelChange(name="other"), ModelChange(is_public=True), ModelChange(default_ref="1.0.0")]
)
async def test_a_key_for_some_versions_changes_nothing_for_all_of_them(change: ModelChange) -> None:
    registry, owner, key, model = await _world("1.x")
    before = await registry.get_model(owner, model.id)
    with pytest.raises(PermissionDenied):
        await registry.update_model(key, model.id, change)
    assert await registry.get_model(owner, model.id) == before
    await registry.update_model(owner, model.id, change)


async def test_a_key_for_some_versions_describes_the_model() -> None:
    registry, _, key, model = await _world("1.x")
    change = ModelChange(name=model.name, description="new", status="running", add_tags=("a",), metadata={"a": "b"})
    changed = await registry.update_model(key, model.id, change)
    assert (changed.description, changed.status, changed.tags) == ("new", "running", ("a",))


async def test_a_key_for_some_versions_does_not_delete_the_model() -> None:
    registry, owner, key, model = await _world("1.x")
    with pytest.raises(PermissionDenied):
        await registry.delete_model(key, model.id)
    await registry.delete_model(replace(key, narrowed={model.id: ""}), model.id)
    with pytest.raises(NotFound):
        await registry.get_model(owner, model.id)


async def test_the_headline_of_another_version_is_hidden() -> None:
    registry, _, key, model = await _world("1.x")
    assert (await registry.get_model(key, model.id)).headline is None
    shown = (await registry.get_model(replace(key, narrowed={model.id: "2.x"}), model.id)).headline
    assert shown is not None
    assert shown.version == "2.0.0"


async def test_an_empty_range_is_every_version_and_another_model_absent() -> None:
    registry, _, key, model = await _world("")
    assert len((await registry.list_versions(key, model.id, limit=9, cursor="")).items) == 5
    with pytest.raises(NotFound):
        await registry.get_version(replace(key, narrowed={new_id(): ""}), model.id, "1.0.0")
