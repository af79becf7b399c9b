"""Grants on models, on every implementation of the registry."""

from dataclasses import replace

import pytest

from maas.domain.catalog.models import Model, ModelChange
from maas.domain.errors import InvalidInput, NotFound, PermissionDenied
from maas.domain.identity.grants import ModelGrant, SubjectKind, WantedGrant
from maas.domain.identity.principals import Principal, Role, Scope
from maas.domain.ids import new_id
from maas.services.ports.registry import Registry
from tests.support.registry_server import broken_field, limited, make_model, person

ADMIN = Role.ADMIN


async def share(
    registry: Registry, by: Principal, model: Model, subject: str = "", role: str = "viewer", kind: str = "user"
) -> ModelGrant:
    grant, _ = await registry.set_grant(by, model.id, WantedGrant(subject or new_id(), kind, role))
    return grant


async def all_grants(registry: Registry, by: Principal, model: Model) -> list[ModelGrant]:
    return list((await registry.list_grants(by, model.id, limit=100, cursor="")).items)


async def test_a_grant_is_read_back_with_its_giver(registry: Registry) -> None:
    by, subject = person("", ADMIN), new_id()
    model = await make_model(registry, by)
    made, created = await registry.set_grant(by, model.id, WantedGrant(subject.upper(), "service_account", "invoker"))
    assert created
    assert made == ModelGrant(
        model_id=model.id,
        tenant_id=by.tenant_id,
        subject=subject,
        kind=SubjectKind.SERVICE_ACCOUNT,
        role=Role.INVOKER,
        granted_by=by.subject,
        granted_at=made.granted_at,
    )
    assert await all_grants(registry, by, model) == [made]


async def test_the_same_grant_again_changes_nothing(registry: Registry) -> None:
    by, subject = person("", ADMIN), new_id()
    model = await make_model(registry, by)
    made = await share(registry, by, model, subject)
    assert await registry.set_grant(by, model.id, WantedGrant(subject, "user", "viewer")) == (made, False)


async def test_another_role_takes_the_place_of_the_first(registry: Registry) -> None:
    by, subject = person("", ADMIN), new_id()
    model = await make_model(registry, by)
    first = await share(registry, by, model, subject)
    second, created = await registry.set_grant(by, model.id, WantedGrant(subject, "user", "developer"))
    assert (second.role, created) == (Role.DEVELOPER, False)
    assert second.granted_at > first.granted_at
    assert await all_grants(registry, by, model) == [second]


async def test_a_deleted_grant_is_gone_and_can_be_given_again(registry: Registry) -> None:
    by, subject = person("", ADMIN), new_id()
    model = await make_model(registry, by)
    await share(registry, by, model, subject)
    await registry.delete_grant(by, model.id, subject)
    assert await all_grants(registry, by, model) == []
    with pytest.raises(NotFound) as error:
        await registry.delete_grant(by, model.id, subject)
    assert broken_field(error) == ("subject", "exists")
    assert (await share(registry, by, model, subject)).subject == subject


async def test_pages_hold_every_grant_once_by_subject(registry: Registry) -> None:
    by = person("", ADMIN)
    model, another = await make_model(registry, by), await make_model(registry, by, "another")
    given = [await share(registry, by, model, kind="organization") for _ in range(7)]
    await share(registry, by, another)
    found: list[ModelGrant] = []
    cursor = ""
    while cursor or not found:
        page = await registry.list_grants(by, model.id, limit=3, cursor=cursor)
        found, cursor = [*found, *page.items], page.next_cursor
    assert found == sorted(given, key=lambda grant: grant.subject)


async def test_only_admins_and_the_owner_may_see_or_change_grants(registry: Registry) -> None:
    admin = person("", ADMIN)
    owner, colleague, viewer = (person(admin.tenant_id, role) for role in (Role.DEVELOPER, Role.DEVELOPER, Role.VIEWER))
    model = await make_model(registry, owner)
    for by in (admin, owner):
        grant = await share(registry, by, model)
        assert grant in await all_grants(registry, by, model)
    for by in (colleague, viewer):
        with pytest.raises(PermissionDenied):
            await all_grants(registry, by, model)
        with pytest.raises(PermissionDenied):
            await share(registry, by, model)
        with pytest.raises(PermissionDenied):
            await registry.delete_grant(by, model.id, grant.subject)


async def test_only_admins_and_the_owner_share_a_model_with_everybody(registry: Registry) -> None:
    admin = person("", ADMIN)
    owner, colleague = (person(admin.tenant_id, Role.DEVELOPER) for _ in range(2))
    model = await make_model(registry, owner)
    for shown in (True, False):
        with pytest.raises(PermissionDenied):
            await registry.update_model(colleague, model.id, ModelChange(is_public=shown, description="x"))
        await registry.update_model(owner, model.id, ModelChange(is_public=shown))
    for shown in (True, False):
        assert (await registry.update_model(admin, model.id, ModelChange(is_public=shown))).is_public is shown
        again = await registry.update_model(colleague, model.id, ModelChange(is_public=shown, description=f"{shown}"))
        assert again.description == f"{shown}"


async def test_a_credential_without_the_scope_gives_no_grant(registry: Registry) -> None:
    by = person("", ADMIN)
    model = await make_model(registry, by)
    with pytest.raises(PermissionDenied):
        await share(registry, limited(by, Scope.MODELS_READ), model)


async def test_another_organization_finds_no_model_to_share_even_if_it_is_public(registry: Registry) -> None:
    by, other = person("", ADMIN), person("", ADMIN)
    model = await make_model(registry, by)
    for _ in range(2):
        with pytest.raises(NotFound):
            await share(registry, other, model)
        with pytest.raises(NotFound):
            await all_grants(registry, other, model)
        with pytest.raises(NotFound):
            await registry.delete_grant(other, model.id, new_id())
        await registry.update_model(by, model.id, ModelChange(is_public=True))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (WantedGrant("", "user", "admin"), "role"),
        (WantedGrant("", "user", "member"), "role"),
        (WantedGrant("", "user", ""), "role"),
        (WantedGrant("", "group", "viewer"), "kind"),
        (WantedGrant("", "", "viewer"), "kind"),
    ],
)
async def test_a_grant_has_one_of_the_known_roles_and_kinds(
    registry: Registry, wanted: WantedGrant, field: str
) -> None:
    by = person("", ADMIN)
    model = await make_model(registry, by)
    with pytest.raises(InvalidInput) as error:
        await registry.set_grant(by, model.id, replace(wanted, subject=new_id()))
    assert broken_field(error) == (field, "enum")


@pytest.mark.parametrize("subject", ["", "ada", "x" * 17, "GRANTS", "0123456789abcde#"])
async def test_a_subject_that_is_no_id_is_not_found(registry: Registry, subject: str) -> None:
    by = person("", ADMIN)
    model = await make_model(registry, by)
    with pytest.raises(NotFound):
        await registry.set_grant(by, model.id, WantedGrant(subject, "user", "viewer"))
    with pytest.raises(NotFound):
        await registry.delete_grant(by, model.id, subject)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [("organization", "0123456789abcDEF"), ("user", "0123456789abcDEF"), ("key", new_id()), ("key", "GRANTS")],
)
async def test_an_id_has_the_form_of_its_kind(registry: Registry, kind: str, subject: str) -> None:
    by = person("", ADMIN)
    model = await make_model(registry, by)
    with pytest.raises(NotFound) as error:
        await registry.set_grant(by, model.id, WantedGrant(subject, kind, "viewer"))
    assert broken_field(error) == ("subject", "exists")
