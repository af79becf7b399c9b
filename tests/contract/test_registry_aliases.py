"""Aliases, on every implementation of the registry."""

from datetime import UTC, datetime

import pytest

from maas.domain.catalog.aliases import ALIASES_MAX, AliasMove, AliasTarget, Expectation, MoveKind
from maas.domain.catalog.models import ModelChange
from maas.domain.errors import (
    InvalidInput,
    NotFound,
    PermissionDenied,
    PreconditionRequired,
    RevisionMismatch,
    WrongState,
)
from maas.domain.identity.principals import Role, Scope
from maas.domain.ids import new_id
from maas.services.ports.registry import Registry
from tests.support.aliases import EXISTS, alias_history, model_with_versions, move_alias
from tests.support.registry_server import broken_field, limited, make_draft, person


async def test_a_new_alias_is_read_back_with_its_history(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    made, created = await registry.set_alias(
        by, model.id, AliasTarget(alias="production", version="v1.0.0", reason="first\nof all")
    )
    assert created
    assert (made.name, made.version) == ("production", "1.0.0")
    assert made.revision == (await registry.get_model(by, model.id)).revision
    assert await registry.get_alias(by, model.id, "production") == made
    assert await registry.list_aliases(by, model.id) == [made]
    assert await alias_history(registry, by, model) == [
        AliasMove(
            model_id=model.id,
            tenant_id=by.tenant_id,
            alias="production",
            kind=MoveKind.CREATE,
            from_version="",
            to_version="1.0.0",
            reason="first\nof all",
            moved_by=by.subject,
            at=made.moved_at,
            revision=made.revision,
        )
    ]


@pytest.mark.parametrize(
    ("version", "number"),
    [("latest", "1.2.0"), ("~1.1", "1.1.0"), (">=2.0.0-rc.1", "2.0.0-rc.1"), ("staging", "1.1.0")],
)
async def test_an_alias_stores_the_number_that_a_reference_selects(
    registry: Registry, version: str, number: str
) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.1.0", "1.2.0", "2.0.0-rc.1")
    await move_alias(registry, by, model, "1.1.0", "staging")
    assert (await move_alias(registry, by, model, version)).version == number


@pytest.mark.parametrize("ref", ["production", "latest"])
async def test_a_version_is_found_by_its_alias(registry: Registry, ref: str) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    await move_alias(registry, by, model, "1.0.0")
    expected = {"production": "1.0.0", "latest": "2.0.0"}
    assert (await registry.get_version(by, model.id, ref)).version == expected[ref]


async def test_an_unknown_alias_is_not_found(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    with pytest.raises(NotFound) as error:
        await registry.get_version(by, model.id, "production")
    assert (error.value.message, broken_field(error)) == ("alias not found: production", ("ref", "exists"))
    for call in (
        registry.get_alias(by, model.id, "production"),
        registry.delete_alias(by, model.id, "production"),
        registry.rollback_alias(by, model.id, "production"),
        registry.list_alias_moves(by, model.id, "production", limit=1, cursor=""),
        registry.alias_at(by, model.id, "production", datetime.now(UTC)),
    ):
        with pytest.raises(NotFound) as error:
            await call
        assert broken_field(error) == ("alias", "exists")


@pytest.mark.parametrize(("version", "field"), [("3.0.0", "version"), ("^3", "version"), ("blue", "version")])
async def test_an_alias_cannot_point_at_an_unknown_version(registry: Registry, version: str, field: str) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    with pytest.raises(NotFound) as error:
        await move_alias(registry, by, model, version)
    assert broken_field(error) == (field, "exists")


async def test_an_alias_points_at_published_versions_only(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    await make_draft(registry, by, model, "2.0.0")
    await registry.deprecate_version(by, model.id, "1.0.0")
    for number, state in (("1.0.0", "deprecated"), ("2.0.0", "draft")):
        with pytest.raises(WrongState, match=f"version {number} is {state}") as error:
            await move_alias(registry, by, model, number)
        assert broken_field(error) == ("version", "state")
    assert await registry.list_aliases(by, model.id) == []


@pytest.mark.parametrize("alias", ["", "Production", "1", "x", "v1", "v01", "vx", "a" * 64, "a.b", "-a", "é", "a\n"])
async def test_every_call_refuses_an_invalid_alias_name(registry: Registry, alias: str) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    for call in (
        registry.get_alias(by, model.id, alias),
        registry.set_alias(by, model.id, AliasTarget(alias=alias, version="1.0.0")),
        registry.delete_alias(by, model.id, alias),
        registry.rollback_alias(by, model.id, alias),
        registry.list_alias_moves(by, model.id, alias, limit=1, cursor=""),
        registry.alias_at(by, model.id, alias, datetime.now(UTC)),
    ):
        with pytest.raises(InvalidInput) as error:
            await call
        assert broken_field(error) == ("alias", "alias")


async def test_latest_cannot_be_moved_or_deleted(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    for call in (
        registry.set_alias(by, model.id, AliasTarget(alias="latest", version="1.0.0")),
        registry.rollback_alias(by, model.id, "latest"),
        registry.delete_alias(by, model.id, "latest"),
    ):
        with pytest.raises(InvalidInput, match="deprecate") as error:
            await call
        assert broken_field(error) == ("alias", "reserved")


async def test_an_invalid_reason_is_refused(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    for call in (
        registry.set_alias(by, model.id, AliasTarget(alias="a", version="1.0.0", reason="x" * 1025)),
        registry.rollback_alias(by, model.id, "a", "x" * 1025),
        registry.delete_alias(by, model.id, "a", "\x00"),
    ):
        with pytest.raises(InvalidInput) as error:
            await call
        assert broken_field(error)[0] == "reason"


async def test_a_model_has_at_most_fifty_aliases(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    for number in range(ALIASES_MAX):
        await move_alias(registry, by, model, "1.0.0", f"a{number}")
    with pytest.raises(WrongState, match="50 aliases") as error:
        await move_alias(registry, by, model, "1.0.0", "one-more")
    assert broken_field(error) == ("alias", "state")
    await registry.delete_alias(by, model.id, "a0")
    await move_alias(registry, by, model, "1.0.0", "one-more")
    names = [alias.name for alias in await registry.list_aliases(by, model.id)]
    assert (len(names), names) == (ALIASES_MAX, sorted(names))


async def test_moving_an_alias_requires_its_revision(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    made = await move_alias(registry, by, model, "1.0.0")
    with pytest.raises(PreconditionRequired) as error:
        await registry.set_alias(by, model.id, AliasTarget(alias="production", version="2.0.0"))
    assert broken_field(error) == ("expected", "required")
    for wrong in (Expectation(made.revision - 1), Expectation(exists=False)):
        with pytest.raises(RevisionMismatch):
            await registry.set_alias(by, model.id, AliasTarget(alias="production", version="2.0.0", expected=wrong))
    target = AliasTarget(alias="production", version="2.0.0", expected=Expectation(made.revision))
    moved, created = await registry.set_alias(by, model.id, target)
    assert (moved.version, created) == ("2.0.0", False)
    assert moved.revision > made.revision


@pytest.mark.parametrize("expected", [Expectation(1), EXISTS])
async def test_expecting_an_absent_alias_is_a_revision_mismatch(registry: Registry, expected: Expectation) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    for call in (
        registry.set_alias(by, model.id, AliasTarget(alias="production", version="1.0.0", expected=expected)),
        registry.rollback_alias(by, model.id, "production", expected=expected),
        registry.delete_alias(by, model.id, "production", expected=expected),
    ):
        with pytest.raises(RevisionMismatch):
            await call
    new = AliasTarget(alias="production", version="1.0.0", expected=Expectation(exists=False))
    assert (await registry.set_alias(by, model.id, new))[1]


async def test_a_change_of_the_model_keeps_an_alias_revision_valid(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    made = await move_alias(registry, by, model, "1.0.0")
    await registry.update_model(by, model.id, ModelChange(description="changed"))
    target = AliasTarget(alias="production", version="2.0.0", expected=Expectation(made.revision))
    assert (await registry.set_alias(by, model.id, target))[0].version == "2.0.0"


async def test_moving_an_alias_to_its_own_version_changes_nothing(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    made = await move_alias(registry, by, model, "1.0.0")
    again = await registry.set_alias(by, model.id, AliasTarget(alias="production", version="latest"))
    assert again == (made, False)
    assert len(await alias_history(registry, by, model)) == 1


async def test_a_refused_deprecation_names_the_versions_aliases(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    for alias in ("staging", "production"):
        await move_alias(registry, by, model, "1.0.0", alias)
    with pytest.raises(WrongState, match=r"what production, staging points? at") as error:
        await registry.deprecate_version(by, model.id, "1.0.0")
    assert broken_field(error) == ("aliases", "state")
    await move_alias(registry, by, model, "2.0.0")
    await registry.delete_alias(by, model.id, "staging")
    assert (await registry.deprecate_version(by, model.id, "1.0.0")).deprecated_at


async def test_other_tenants_only_read_the_aliases_of_a_public_model(registry: Registry) -> None:
    by, stranger = person(), person()
    model = await model_with_versions(registry, by, "1.0.0", is_public=True)
    made = await move_alias(registry, by, model, "1.0.0", reason="secret")
    assert (await registry.get_version(stranger, model.id, "production")).version == "1.0.0"
    assert await registry.get_alias(stranger, model.id, "production") == made
    assert await registry.list_aliases(stranger, model.id) == [made]
    for call in (
        registry.set_alias(stranger, model.id, AliasTarget(alias="production", version="1.0.0")),
        registry.delete_alias(stranger, model.id, "production"),
        registry.rollback_alias(stranger, model.id, "production"),
        registry.list_alias_moves(stranger, model.id, "production", limit=1, cursor=""),
        registry.alias_at(stranger, model.id, "production", datetime.now(UTC)),
    ):
        with pytest.raises(NotFound) as error:
            await call
        assert broken_field(error) == ("model_id", "exists")


async def test_reading_needs_models_read_and_moving_models_write(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    await move_alias(registry, by, model, "1.0.0")
    viewer, caller = person(by.tenant_id, Role.VIEWER), limited(by, Scope.INFERENCE_INVOKE)
    assert len(await registry.list_aliases(viewer, model.id)) == 1
    assert len(await alias_history(registry, viewer, model)) == 1
    for call in (
        registry.set_alias(viewer, model.id, AliasTarget(alias="production", version="1.0.0")),
        registry.delete_alias(viewer, model.id, "production"),
        registry.rollback_alias(viewer, model.id, "production"),
        registry.list_aliases(caller, model.id),
        registry.get_alias(caller, model.id, "production"),
        registry.list_alias_moves(caller, model.id, "production", limit=1, cursor=""),
        registry.alias_at(caller, model.id, "production", datetime.now(UTC)),
    ):
        with pytest.raises(PermissionDenied):
            await call
    called = await registry.get_version(caller, model.id, "production", Scope.INFERENCE_INVOKE)
    assert called.version == "1.0.0"


async def test_a_deleted_model_has_no_alias_history(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    await move_alias(registry, by, model, "1.0.0")
    await registry.delete_model(by, model.id)
    for model_id in (model.id, new_id()):
        with pytest.raises(NotFound) as error:
            await registry.list_alias_moves(by, model_id, "production", limit=1, cursor="")
        assert broken_field(error) == ("model_id", "exists")
