"""The grants that callers have: as their readers find them, up to the limits, and after a model's deletion."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from functions.registry.grant_records import roles_in
from functions.registry.ports import Repository
from functions.registry.store.items import granted_key
from functions.registry.store.repository import DynamoRepository
from maas.domain.errors import WrongState
from maas.domain.identity import grants as limits
from maas.domain.identity.grants import SubjectKind, WantedGrant, holder
from maas.domain.identity.principals import Principal, Role
from maas.domain.ids import new_id
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.registry_server import broken_field, make_model, person

KEY = "0123456789abcDEF"
USER, ORGANIZATION = SubjectKind.USER, SubjectKind.ORGANIZATION


async def granted(store: Repository, *subjects: str, kind: SubjectKind = USER) -> Mapping[str, Collection[Role]]:
    """What a caller has by grants to these subjects: KEY is the id of a key, the others are of this kind."""
    kinds = {subject: SubjectKind.KEY if subject == KEY else kind for subject in subjects}
    holders = {holder(of, subject, giver) for subject, of in kinds.items() for giver in (subject, "another")}
    if isinstance(store, MemoryRepository):
        return await store.granted(holders)
    assert isinstance(store, DynamoRepository)
    table = store._table
    return roles_in(await table.get_many([granted_key(holder) for holder in holders], consistent=True))


async def give(registry: FakeRegistry, by: Principal, model_id: str, subject: str, role: Role) -> None:
    kind = "key" if subject == KEY else "user"
    await registry.set_grant(by, model_id, WantedGrant(subject, kind, role))


@pytest.fixture
def admin() -> Principal:
    return person("", Role.ADMIN)


async def test_the_grants_of_all_subjects_of_a_caller_add_up(store: Repository, admin: Principal) -> None:
    registry, user, nobody = FakeRegistry(store), new_id(), new_id()
    first, second = [(await make_model(registry, admin, name)).id for name in ("first", "second")]
    assert await granted(store, user, KEY, nobody) == {}
    await give(registry, admin, first, user, Role.VIEWER)
    await give(registry, admin, first, KEY, Role.INVOKER)
    await give(registry, admin, second, KEY, Role.DEVELOPER)
    assert await granted(store, user, nobody) == {first: {Role.VIEWER}}
    assert await granted(store, user, KEY) == {first: {Role.VIEWER, Role.INVOKER}, second: {Role.DEVELOPER}}


async def test_changed_and_deleted_grants_count_at_once(store: Repository, admin: Principal) -> None:
    registry, user = FakeRegistry(store), new_id()
    model = await make_model(registry, admin)
    await give(registry, admin, model.id, user, Role.VIEWER)
    await give(registry, admin, model.id, user, Role.DEVELOPER)
    assert await granted(store, user) == {model.id: {Role.DEVELOPER}}
    await registry.delete_grant(admin, model.id, user)
    assert await granted(store, user) == {}


@pytest.mark.parametrize(("given", "other"), [(USER, ORGANIZATION), (ORGANIZATION, USER)])
async def test_an_id_of_one_kind_gets_no_right_through_another_kind(
    store: Repository, admin: Principal, given: SubjectKind, other: SubjectKind
) -> None:
    registry, subject = FakeRegistry(store), new_id()
    model = await make_model(registry, admin)
    await registry.set_grant(admin, model.id, WantedGrant(subject, given, "viewer"))
    assert await granted(store, subject, kind=given) == {model.id: {Role.VIEWER}}
    assert await granted(store, subject, kind=other) == {}
    await registry.set_grant(admin, model.id, WantedGrant(subject, other, "viewer"))
    assert await granted(store, subject, kind=given) == {}
    assert await granted(store, subject, kind=other) == {model.id: {Role.VIEWER}}
    await registry.delete_grant(admin, model.id, subject)
    assert await granted(store, subject, kind=other) == {}


async def test_people_and_service_accounts_hold_grants_alike(store: Repository, admin: Principal) -> None:
    registry, subject = FakeRegistry(store), new_id()
    model = await make_model(registry, admin)
    await registry.set_grant(admin, model.id, WantedGrant(subject, "service_account", "viewer"))
    assert await granted(store, subject) == {model.id: {Role.VIEWER}}


async def test_a_deleted_model_takes_its_grants_along(store: Repository, admin: Principal) -> None:
    registry, user = FakeRegistry(store), new_id()
    gone, kept = [(await make_model(registry, admin, name)).id for name in ("gone", "kept")]
    for model_id in (gone, kept):
        await give(registry, admin, model_id, user, Role.VIEWER)
    await registry.delete_model(admin, gone)
    await store.purge(gone)  # once more, as after a purge that broke off
    assert await granted(store, user) == {kept: {Role.VIEWER}}
    assert await store.grant(gone, user) is None


async def test_a_full_subject_has_room_again_after_a_deletion(
    store: Repository, admin: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_grants(monkeypatch, SUBJECT_GRANTS_MAX=2)
    registry, user = FakeRegistry(store), new_id()
    models = [(await make_model(registry, admin, name)).id for name in ("a", "b", "c", "d")]
    for model_id in models[:2]:
        await give(registry, admin, model_id, user, Role.VIEWER)
    await give(registry, admin, models[0], user, Role.INVOKER)  # a change is no further grant
    with pytest.raises(WrongState) as error:
        await give(registry, admin, models[2], user, Role.VIEWER)
    assert broken_field(error) == ("subject", "state")
    await registry.delete_grant(admin, models[0], user)
    await give(registry, admin, models[2], user, Role.VIEWER)
    await registry.delete_model(admin, models[1])
    await give(registry, admin, models[3], user, Role.VIEWER)
    assert (await granted(store, user)).keys() == set(models[2:])


async def test_another_organization_can_t_fill_what_an_organization_holds(
    store: Repository, admin: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_grants(monkeypatch, GUEST_GRANTS_MAX=2)
    registry, stranger, friend = FakeRegistry(store), person("", Role.ADMIN), person("", Role.ADMIN)

    async def share(by: Principal, name: str) -> str:
        model = await make_model(registry, by, name)
        await registry.set_grant(by, model.id, WantedGrant(admin.tenant_id, ORGANIZATION, "viewer"))
        return model.id

    first, second = await share(stranger, "a"), await share(stranger, "b")
    with pytest.raises(WrongState) as error:
        await share(stranger, "c")
    assert broken_field(error) == ("subject", "state")
    others = {await share(friend, "a"), await share(admin, "a"), await share(admin, "b"), await share(admin, "c")}
    await registry.delete_grant(stranger, first, admin.tenant_id)
    third = await share(stranger, "d")
    await registry.delete_model(stranger, second)
    fourth = await share(stranger, "e")
    found = await granted(store, admin.tenant_id, kind=ORGANIZATION)
    assert found.keys() == {*others, third, fourth}


async def test_a_full_model_takes_no_further_subject(
    store: Repository, admin: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_grants(monkeypatch, MODEL_GRANTS_MAX=2)
    registry, model_id = FakeRegistry(store), (await make_model(FakeRegistry(store), admin)).id
    first, *_ = users = [new_id() for _ in range(3)]
    for user in users[:2]:
        await give(registry, admin, model_id, user, Role.VIEWER)
    with pytest.raises(WrongState) as error:
        await give(registry, admin, model_id, users[2], Role.VIEWER)
    assert broken_field(error) == ("model_id", "state")
    assert await granted(store, users[2]) == {}
    await registry.delete_grant(admin, model_id, first)
    await give(registry, admin, model_id, users[2], Role.VIEWER)


def limit_grants(monkeypatch: pytest.MonkeyPatch, **maximum: int) -> None:
    """Lowers a limit in every module that has read it."""
    modules: list[Any] = [limits]
    from functions.registry.store import transactions
    from tests.fakes import repository

    for module in (*modules, transactions, repository):
        for name, value in maximum.items():
            monkeypatch.setattr(module, name, value)
