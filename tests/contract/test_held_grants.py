"""Grants as their holders see them: listed by model, and given back, on every implementation of the registry."""

from dataclasses import replace

import pytest

from functions.registry.ports import Repository
from maas.domain.catalog.models import Model
from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, WrongState
from maas.domain.identity.grants import WantedGrant
from maas.domain.identity.principals import MODEL_SCOPES, Principal, Role
from maas.domain.ids import new_id
from maas.services.ports.registry import Registry
from tests.contract.test_granted import limit_grants
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import broken_field, make_model, person

ORGANIZATION = "organization"


def member_of(admin: Principal) -> Principal:
    """A member that has nothing but its grants."""
    return replace(person(admin.tenant_id, Role.MEMBER), scopes=MODEL_SCOPES)


async def share(registry: Registry, by: Principal, name: str, subject: str, kind: str = ORGANIZATION) -> Model:
    """A new model, with a grant on it for the subject."""
    model = await make_model(registry, by, name)
    await registry.set_grant(by, model.id, WantedGrant(subject, kind, "viewer"))
    return model


async def held(registry: Registry, by: Principal, holder: str = "", limit: int = 100) -> list[str]:
    """The models of all pages."""
    found, cursor = list[str](), ""
    while True:
        page = await registry.list_held_grants(by, holder, limit=limit, cursor=cursor)
        found += [grant.model_id for grant in page.items]
        cursor = page.next_cursor
        if not cursor:
            return found


async def test_each_holder_sees_its_own_grants(registry: Registry) -> None:
    admin, stranger = person("", Role.ADMIN), person("", Role.ADMIN)
    ada = member_of(admin)
    mine = await share(registry, admin, "a", ada.subject, "user")
    ours = [await share(registry, by, "b", admin.tenant_id) for by in (admin, stranger)]
    await share(registry, stranger, "c", new_id())
    assert await held(registry, ada) == [mine.id]
    assert await held(registry, admin, "user") == []
    assert await held(registry, admin, ORGANIZATION) == sorted(model.id for model in ours)
    [grant] = (await registry.list_held_grants(ada, "user", limit=9, cursor="")).items
    assert (grant.tenant_id, grant.role, grant.granted_by) == (admin.tenant_id, Role.VIEWER, admin.subject)
    with pytest.raises(PermissionDenied):
        await held(registry, ada, ORGANIZATION)
    with pytest.raises(InvalidInput) as error:
        await held(registry, ada, "key")
    assert broken_field(error) == ("holder", "enum")


async def test_pages_hold_every_grant_once_by_model(registry: Registry) -> None:
    admin, ada = person("", Role.ADMIN), new_id()
    made = [(await share(registry, admin, f"model {number}", ada, "user")).id for number in range(5)]
    by = Principal(ada, admin.tenant_id, frozenset({Role.VIEWER}), admin.scopes)
    assert await held(registry, by, limit=2) == sorted(made)


async def test_a_holder_gives_its_own_grant_back(registry: Registry) -> None:
    admin = person("", Role.ADMIN)
    ada = member_of(admin)
    model = await share(registry, admin, "a", ada.subject, "user")
    other = person(admin.tenant_id, Role.ADMIN)
    with pytest.raises(NotFound) as error:
        await registry.leave_grant(other, model.id, "user")
    assert broken_field(error) == ("model_id", "exists")
    await registry.leave_grant(ada, model.id, "")
    assert await held(registry, ada) == []
    assert (await registry.list_grants(admin, model.id, limit=9, cursor="")).items == ()
    with pytest.raises(NotFound):
        await registry.leave_grant(ada, model.id, "")
    await registry.set_grant(admin, model.id, WantedGrant(ada.subject, "user", "viewer"))
    assert await held(registry, ada) == [model.id]


async def test_only_an_admin_gives_back_what_the_organization_has(registry: Registry) -> None:
    stranger, admin = person("", Role.ADMIN), person("", Role.ADMIN)
    developer = person(admin.tenant_id, Role.DEVELOPER)
    model = await share(registry, stranger, "a", admin.tenant_id)
    with pytest.raises(PermissionDenied):
        await registry.leave_grant(developer, model.id, ORGANIZATION)
    await registry.leave_grant(admin, model.id, ORGANIZATION)
    assert await held(registry, admin, ORGANIZATION) == []


async def test_a_grant_by_a_foreign_id_is_nobody_s_to_give_back(registry: Registry) -> None:
    stranger, admin = person("", Role.ADMIN), person("", Role.ADMIN)
    model = await share(registry, stranger, "a", admin.subject, ORGANIZATION)
    assert await held(registry, admin) == []
    with pytest.raises(NotFound):
        await registry.leave_grant(admin, model.id, "user")


async def test_a_list_that_was_cleaned_is_not_filled_again(store: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    limit_grants(monkeypatch, SUBJECT_GRANTS_MAX=4, GUEST_GRANTS_MAX=2)
    registry, admin, friend = FakeRegistry(store), person("", Role.ADMIN), person("", Role.ADMIN)
    strangers = [person("", Role.ADMIN) for _ in range(2)]
    for stranger in strangers:
        for name in ("a", "b"):
            await share(registry, stranger, name, admin.tenant_id)
    with pytest.raises(WrongState):
        await share(registry, friend, "a", admin.tenant_id)
    for model_id in await held(registry, admin, ORGANIZATION):
        await registry.leave_grant(admin, model_id, ORGANIZATION)
    for stranger in strangers:
        with pytest.raises(WrongState) as error:
            await share(registry, stranger, "c", admin.tenant_id)
        assert broken_field(error) == ("subject", "state")
    model = await share(registry, friend, "b", admin.tenant_id)
    assert await held(registry, admin, ORGANIZATION) == [model.id]


async def test_a_narrowed_key_sees_its_models_and_gives_nothing_back(store: Repository) -> None:
    registry, admin = FakeRegistry(store), person("", Role.ADMIN)
    ada = member_of(admin)
    models = [await share(registry, admin, name, ada.subject, "user") for name in ("a", "b")]
    key = replace(ada, narrowed={models[0].id: ""})
    assert await held(registry, key) == [models[0].id]
    with pytest.raises(PermissionDenied):
        await registry.leave_grant(key, models[0].id, "user")
