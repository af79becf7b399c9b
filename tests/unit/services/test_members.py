from dataclasses import replace
from datetime import timedelta

import pytest

from maas.domain.errors import InvalidInput, NotFound, PermissionDenied, WrongState
from maas.domain.identity.accounts import User
from maas.domain.identity.members import MemberChange, MemberFilter, roles
from maas.domain.identity.principals import Principal, Role, Scope, possible_scopes
from maas.domain.ids import new_id
from maas.security.cursors import Cursors
from maas.services.members import MemberService
from tests.fakes.api_keys import FakeApiKeys
from tests.support.identity_stores import NOW, IdentityStore, in_memory
from tests.support.signing_keys import keys_of

EVERYBODY = MemberFilter()
VIEWER = frozenset({Role.VIEWER})


@pytest.fixture
def people() -> IdentityStore:
    return in_memory()


@pytest.fixture
def ada(people: IdentityStore) -> User:
    return people.founder()


@pytest.fixture
def service(people: IdentityStore) -> MemberService:
    return MemberService(people.members, FakeApiKeys(), Cursors(keys_of("s" * 64), rereads=True), lambda: NOW)


def _as(user: User) -> Principal:
    return Principal(user.id, user.tenant_id, user.roles, possible_scopes(user.roles))


def test_pages_follow_each_other_by_cursor(service: MemberService, people: IdentityStore, ada: User) -> None:
    joined = [ada, *(people.colleague(ada) for _ in range(4))]
    first = service.page(_as(ada), EVERYBODY, limit=2, cursor="")
    second = service.page(_as(ada), EVERYBODY, limit=2, cursor=first.next_cursor)
    third = service.page(_as(ada), EVERYBODY, limit=2, cursor=second.next_cursor)
    assert [*first.items, *second.items, *third.items] == joined
    assert third.next_cursor == ""


def test_a_cursor_is_for_one_filter(service: MemberService, people: IdentityStore, ada: User) -> None:
    people.colleague(ada)
    cursor = service.page(_as(ada), EVERYBODY, limit=1, cursor="").next_cursor
    with pytest.raises(InvalidInput, match="cursor"):
        service.page(_as(ada), MemberFilter.parse("viewer", ""), limit=1, cursor=cursor)


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER, Role.INVOKER, Role.MEMBER])
def test_only_admins_manage_members(service: MemberService, people: IdentityStore, ada: User, role: Role) -> None:
    by = _as(people.colleague(ada, role))
    for refused in (
        lambda: service.page(by, EVERYBODY, limit=1, cursor=""),
        lambda: service.member(by, ada.id),
        lambda: service.change(by, ada.id, MemberChange(disabled=True)),
        lambda: service.remove(by, ada.id),
    ):
        with pytest.raises(PermissionDenied, match="users:admin"):
            refused()


def test_a_credential_without_the_scope_is_refused(service: MemberService, ada: User) -> None:
    with pytest.raises(PermissionDenied, match="users:admin"):
        service.member(replace(_as(ada), scopes=frozenset({Scope.MODELS_READ})), ada.id)


@pytest.mark.parametrize("user_id", [new_id(), "me", "", "x" * 5000])
def test_an_unknown_member_is_absent(service: MemberService, ada: User, user_id: str) -> None:
    with pytest.raises(NotFound) as caught:
        service.member(_as(ada), user_id)
    assert caught.value.fields[0].field == "user_id"


def test_a_member_of_another_organization_is_absent(service: MemberService, people: IdentityStore, ada: User) -> None:
    stranger = people.founder()
    for refused in (
        lambda: service.member(_as(ada), stranger.id),
        lambda: service.change(_as(ada), stranger.id, MemberChange(roles=VIEWER)),
        lambda: service.remove(_as(ada), stranger.id),
    ):
        with pytest.raises(NotFound):
            refused()
    assert people.stored(stranger) == stranger


def test_a_change_leaves_what_it_does_not_name(service: MemberService, people: IdentityStore, ada: User) -> None:
    grace = people.colleague(ada, Role.VIEWER)
    disabled = service.change(_as(ada), grace.id, MemberChange(disabled=True))
    assert disabled == replace(grace, disabled=True, sessions_after=NOW)
    changed = service.change(_as(ada), grace.id, MemberChange(roles=frozenset({Role.INVOKER})))
    assert changed == replace(disabled, roles=frozenset({Role.INVOKER}))
    assert people.stored(grace) == changed


def test_a_member_that_was_disabled_has_to_log_in_again(
    service: MemberService, people: IdentityStore, ada: User
) -> None:
    session = people.session(grace := people.colleague(ada), NOW - timedelta(hours=1))
    service.change(_as(ada), grace.id, MemberChange(disabled=True))
    enabled = service.change(_as(ada), grace.id, MemberChange(disabled=False))
    assert enabled.has_ended(session)
    assert not enabled.has_ended(people.session(grace, NOW + timedelta(hours=1)))


def test_a_change_runs_again_after_another_one(
    service: MemberService, people: IdentityStore, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other admin disables the member between our read and our write."""
    grace = people.colleague(ada, Role.VIEWER)
    change = people.members.change

    def overtaken(read: User, changed: User) -> None:
        monkeypatch.undo()
        change(read, replace(read, disabled=True))
        change(read, changed)

    monkeypatch.setattr(people.members, "change", overtaken)
    service.change(_as(ada), grace.id, MemberChange(roles=frozenset({Role.INVOKER})))
    assert people.stored(grace) == replace(grace, disabled=True, roles=frozenset({Role.INVOKER}))


def test_the_last_admin_stays(service: MemberService, people: IdentityStore, ada: User) -> None:
    people.colleague(ada)
    for refused in (
        lambda: service.change(_as(ada), ada.id, MemberChange(roles=VIEWER)),
        lambda: service.change(_as(ada), ada.id, MemberChange(disabled=True)),
        lambda: service.remove(_as(ada), ada.id),
    ):
        with pytest.raises(WrongState, match="needs one; make another member an admin first"):
            refused()
    assert people.stored(ada) == ada


def test_an_admin_leaves_after_another_one_is_made(service: MemberService, people: IdentityStore, ada: User) -> None:
    grace = people.colleague(ada)
    service.change(_as(ada), grace.id, MemberChange(roles=frozenset({Role.ADMIN})))
    service.remove(_as(ada), ada.id)
    assert people.stored(ada) is None


@pytest.mark.parametrize(
    ("words", "field", "rule"),
    [
        ([], "roles", "min_items"),
        (["viewer", "viewer"], "roles", "repeated"),
        (["viewer", "owner"], "roles[1]", "enum"),
        (["viewer"] * 100, "roles", "max_items"),
    ],
)
def test_bad_roles_name_their_place_and_rule(words: list[str], field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        roles(words)
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == (field, rule)


@pytest.mark.parametrize(("role", "state", "field"), [("owner", "", "role"), ("", "gone", "state")])
def test_an_unknown_filter_names_its_parameter(role: str, state: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        MemberFilter.parse(role, state)
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == (field, "enum")
