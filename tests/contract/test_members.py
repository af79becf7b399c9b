"""Every implementation of the Members port: one admin is always left, and the address goes with the last membership."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from maas.domain.errors import WrongState
from maas.domain.identity.accounts import User
from maas.domain.identity.members import MemberFilter, MemberState
from maas.domain.identity.principals import Role
from maas.domain.identity.races import Outdated
from maas.domain.ids import new_id
from tests.support.identity_stores import NOW, IdentityStore, in_table
from tests.support.rounds import FULL
from tests.support.table_engines import Tables

EVERYBODY = MemberFilter()
VIEWERS = frozenset({Role.VIEWER})
ROUNDS = 20 if FULL else 3


def test_a_page_has_the_members_in_the_order_of_joining(people: IdentityStore, ada: User) -> None:
    grace, joan = people.colleague(ada), people.colleague(ada)
    people.founder()  # of another organization
    first, last = people.members.page(ada.tenant_id, EVERYBODY, limit=2, after="")
    assert (first, last) == ([ada, grace], grace.id)
    assert people.members.page(ada.tenant_id, EVERYBODY, limit=2, after=last) == ([joan], "")


def test_a_full_last_page_has_no_next_one(people: IdentityStore, ada: User) -> None:
    grace = people.colleague(ada)
    assert people.members.page(ada.tenant_id, EVERYBODY, limit=2, after="") == ([ada, grace], "")


def test_pages_are_narrowed_by_role_and_state(people: IdentityStore, ada: User) -> None:
    grace, joan = people.colleague(ada, Role.VIEWER, Role.INVOKER), people.colleague(ada, Role.VIEWER)
    disabled = replace(joan, disabled=True)
    people.members.change(joan, disabled)

    def narrowed(role: Role | None, state: MemberState | None) -> list[User]:
        return people.members.page(ada.tenant_id, MemberFilter(role=role, state=state), limit=10, after="")[0]

    assert narrowed(Role.VIEWER, None) == [grace, disabled]
    assert narrowed(None, MemberState.ACTIVE) == [ada, grace]
    assert narrowed(Role.VIEWER, MemberState.DISABLED) == [disabled]
    assert narrowed(Role.DEVELOPER, None) == []


def test_roles_and_state_are_changed_and_changed_back(people: IdentityStore, ada: User) -> None:
    grace = people.colleague(ada)
    changed = replace(grace, roles=frozenset({Role.DEVELOPER, Role.INVOKER}), disabled=True, sessions_after=NOW)
    people.members.change(grace, changed)
    assert people.stored(grace) == changed
    people.members.change(changed, back := replace(grace, sessions_after=NOW))
    assert people.stored(grace) == back


def test_a_change_of_another_state_than_the_stored_one_is_outdated(people: IdentityStore, ada: User) -> None:
    grace = people.colleague(ada)
    people.members.change(grace, replace(grace, roles=frozenset({Role.DEVELOPER})))
    with pytest.raises(Outdated):
        people.members.change(grace, replace(grace, disabled=True))
    with pytest.raises(Outdated):
        people.members.remove(grace)


def test_a_removed_member_frees_its_address(people: IdentityStore, ada: User) -> None:
    grace = people.colleague(ada)
    people.members.remove(grace)
    assert people.stored(grace) is None
    assert people.identities.credentials(grace.email) is None
    with pytest.raises(Outdated):
        people.members.remove(grace)


def _demoted(user: User) -> User:
    return replace(user, roles=VIEWERS)


def _disabled(user: User) -> User:
    return replace(user, disabled=True)


@pytest.mark.parametrize("change", [_demoted, _disabled])
def test_the_last_active_admin_can_not_be_changed(
    people: IdentityStore, ada: User, change: Callable[[User], User]
) -> None:
    people.colleague(ada)
    people.members.change(other := people.colleague(ada, Role.ADMIN), _disabled(other))
    with pytest.raises(WrongState, match="last active admin"):
        people.members.change(ada, change(ada))
    assert people.stored(ada) == ada


def test_the_last_active_admin_can_not_be_removed(people: IdentityStore, ada: User) -> None:
    grace = people.colleague(ada)
    with pytest.raises(WrongState, match="last active admin"):
        people.members.remove(ada)
    assert people.stored(ada) == ada
    assert people.identities.credentials(ada.email) is not None
    people.members.change(grace, replace(grace, roles=frozenset({Role.ADMIN})))
    people.members.remove(ada)
    assert people.stored(ada) is None


def test_the_last_admin_keeps_being_admin_with_other_roles(people: IdentityStore, ada: User) -> None:
    more = replace(ada, roles=frozenset({Role.ADMIN, Role.DEVELOPER}))
    people.members.change(ada, more)
    assert people.stored(ada) == more


def test_disabled_admins_are_not_counted_twice(people: IdentityStore, ada: User) -> None:
    """Disabling and then demoting or removing an admin takes one from the count, not two."""
    grace, joan = people.colleague(ada, Role.ADMIN), people.colleague(ada, Role.ADMIN)
    for admin, end in ((grace, _demoted(_disabled(grace))), (joan, None)):
        people.members.change(admin, _disabled(admin))
        if end is None:
            people.members.remove(_disabled(admin))
        else:
            people.members.change(_disabled(admin), end)
    with pytest.raises(WrongState):
        people.members.remove(ada)
    people.members.change(_demoted(_disabled(grace)), replace(grace, disabled=False))
    people.members.remove(ada)


def test_of_several_memberships_each_can_be_removed_first(people: IdentityStore, ada: User) -> None:
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        admins = [people.founder() for _ in range(3)]
        first = people.colleague(admins[0])
        memberships = [first, *(people.membership(first, by) for by in admins[1:])]
        for number, place in enumerate(order):
            known = people.identities.credentials(first.email)
            assert known is not None
            assert known.memberships == 3 - number
            assert len(people.identities.memberships(first.email, known)) == 3 - number
            people.members.remove(memberships[place])
        assert people.identities.credentials(first.email) is None


def test_a_removed_membership_leaves_the_others_and_the_password(people: IdentityStore, ada: User) -> None:
    grace = people.colleague(ada)
    further = people.membership(grace, people.founder())
    people.members.remove(grace)
    known = people.identities.credentials(grace.email)
    assert known is not None
    assert known.password_hash == "another hash"
    assert people.identities.memberships(grace.email, known) == [further]


def test_an_organization_of_an_earlier_release_has_one_admin(tables: Tables) -> None:
    """Its item has no count, and the address has none either."""
    people = in_table(tables.endpoint, tables.identity)
    ada = people.founder()
    with pytest.raises(WrongState):
        people.members.change(ada, _demoted(ada))
    grace = people.colleague(ada, Role.ADMIN)
    people.members.remove(ada)
    with pytest.raises(WrongState):
        people.members.remove(grace)


@pytest.mark.parametrize("end", ["demote", "remove"])
def test_two_admins_who_end_each_other_leave_one(tables: Tables, end: str) -> None:
    people = in_table(tables.endpoint, tables.identity)
    for _ in range(ROUNDS):
        ada = people.founder()
        admins = [ada, people.colleague(ada, Role.ADMIN)]
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(partial(_ends, people, end), admins)) == [False, True]
        assert len(people.members.page(ada.tenant_id, MemberFilter(role=Role.ADMIN), limit=10, after="")[0]) == 1


def _ends(people: IdentityStore, end: str, admin: User) -> bool:
    """Returns whether the admin could be demoted or removed."""
    try:
        people.members.remove(admin) if end == "remove" else people.members.change(admin, _demoted(admin))
    except WrongState:
        return False
    return True


def test_members_of_no_organization_are_absent(people: IdentityStore) -> None:
    assert people.members.member(new_id(), new_id()) is None
    assert people.members.page(new_id(), EVERYBODY, limit=1, after="") == ([], "")
