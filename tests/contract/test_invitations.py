"""Every implementation of the Invitations port: an invitation makes one member at most."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from maas.domain.errors import AlreadyExists, Contended, InvalidInput, WrongState
from maas.domain.identity.accounts import MEMBERSHIPS_MAX, Credentials, User
from maas.domain.identity.invitations import Invitation
from maas.domain.identity.members import MemberFilter
from maas.domain.identity.principals import Role
from maas.domain.identity.races import Outdated
from maas.domain.ids import new_id
from tests.support.identity_stores import NOW, IdentityStore, in_table, invited
from tests.support.rounds import FULL
from tests.support.table_engines import Tables

ROUNDS = 20 if FULL else 2


def test_an_invitation_is_read_back(people: IdentityStore, ada: User) -> None:
    invitation = people.invitation(ada, Role.DEVELOPER, Role.INVOKER)
    assert people.invitations.invitation(ada.tenant_id, invitation.id) == invitation
    assert people.invitations.invitation(new_id(), invitation.id) is None


def test_pages_have_open_invitations_oldest_first(people: IdentityStore, ada: User) -> None:
    first, second, third = (people.invitation(ada) for _ in range(3))
    late = replace(people.invitation(ada), expires_at=NOW)
    people.invitations.add(late)
    page, last = people.invitations.page(ada.tenant_id, NOW, limit=2, after="")
    assert (page, last) == ([first, second], second.id)
    assert people.invitations.page(ada.tenant_id, NOW, limit=2, after=last) == ([third], "")
    assert people.invitations.page(ada.tenant_id, NOW + timedelta(hours=72), limit=2, after="") == ([], "")


@pytest.mark.parametrize("change", ["removed", "disabled", "demoted"])
def test_an_invitation_is_listed_while_its_maker_is_an_active_admin(
    people: IdentityStore, ada: User, change: str
) -> None:
    grace = people.colleague(ada, Role.ADMIN)
    people.invitation(grace)
    kept = people.invitation(ada)
    if change == "removed":
        people.members.remove(grace)
    else:
        disabled, roles = change == "disabled", frozenset({Role.ADMIN if change == "disabled" else Role.VIEWER})
        people.members.change(grace, replace(grace, disabled=disabled, roles=roles))
    assert people.invitations.page(ada.tenant_id, NOW, limit=9, after="") == ([kept], "")


def test_a_revoked_invitation_can_not_be_used(people: IdentityStore, ada: User) -> None:
    invitation = people.invitation(ada)
    assert people.invitations.revoke(ada.tenant_id, invitation.id)
    assert not people.invitations.revoke(ada.tenant_id, invitation.id)
    with pytest.raises(InvalidInput, match="open"):
        people.invitations.join(invitation, invited(invitation), "hash")
    assert people.identities.credentials(invitation.email) is None


@pytest.mark.parametrize("read_first", [False, True])
def test_a_repeated_request_does_not_bring_a_revoked_invitation_back(
    people: IdentityStore, ada: User, monkeypatch: pytest.MonkeyPatch, read_first: bool
) -> None:
    """The fake has no moment between its two steps."""
    if "Fake" in type(people.invitations).__name__:
        return
    invitation, read = people.invitation(ada), people.invitations.invitation

    def overtaken(tenant_id: str, invitation_id: str) -> Invitation | None:
        monkeypatch.undo()
        before = read(tenant_id, invitation_id)
        assert people.invitations.revoke(tenant_id, invitation_id)
        return before if read_first else read(tenant_id, invitation_id)

    monkeypatch.setattr(people.invitations, "invitation", overtaken)
    with pytest.raises(Contended):
        people.invitations.add(replace(invitation, digest="another"))
    assert read(ada.tenant_id, invitation.id) is None


def test_an_invitation_makes_a_member_with_its_roles(people: IdentityStore, ada: User) -> None:
    invitation = people.invitation(ada, Role.DEVELOPER)
    people.invitations.join(invitation, user := invited(invitation), "the hash")
    assert people.stored(user) == user
    assert people.known(user) == Credentials(tenant_id=ada.tenant_id, user_id=user.id, password_hash="the hash")
    assert people.invitations.invitation(ada.tenant_id, invitation.id) is None
    with pytest.raises((InvalidInput, Outdated)):
        people.invitations.join(invitation, invited(invitation), "the hash")


def test_a_repeated_write_of_the_same_member_counts_once(people: IdentityStore, ada: User) -> None:
    """Botocore repeats a write whose answer was lost; the fake has no such layer below it."""
    if "Fake" in type(people.invitations).__name__:
        return
    invitation = people.invitation(ada, Role.ADMIN)
    user = invited(invitation)
    people.invitations.join(invitation, user, "the hash")
    people.invitations.join(invitation, user, "the hash")
    assert people.members.page(ada.tenant_id, MemberFilter(), limit=10, after="")[0] == [ada, user]


def test_an_address_registered_meanwhile_is_outdated(people: IdentityStore, ada: User) -> None:
    invitation = people.invitation(ada, email=people.founder().email)
    with pytest.raises(Outdated):
        people.invitations.join(invitation, invited(invitation), "hash")
    assert people.invitations.invitation(ada.tenant_id, invitation.id) == invitation


def test_an_account_joins_a_further_organization(people: IdentityStore, ada: User) -> None:
    other = people.founder()
    further = people.membership(ada, other, Role.ADMIN)
    assert people.known(ada).memberships == 2
    members = people.identities.memberships(ada.email, people.known(ada))
    assert sorted(member.id for member in members) == sorted([ada.id, further.id])
    people.members.remove(other)  # the further one is an admin too


def test_an_account_joins_an_organization_once(people: IdentityStore, ada: User) -> None:
    other = people.founder()
    people.membership(ada, other)
    for by in (ada, other):
        with pytest.raises(AlreadyExists):
            people.membership(ada, by)
    assert people.known(ada).memberships == 2


def test_credentials_that_have_changed_are_outdated(people: IdentityStore, ada: User) -> None:
    invitation = people.invitation(people.founder(), email=ada.email)
    changed = replace(people.known(ada), password_hash="before")
    with pytest.raises(Outdated):
        people.invitations.join_known(invitation, invited(invitation), changed)


def test_an_address_belongs_to_a_bounded_number_of_organizations(people: IdentityStore, ada: User) -> None:
    invitation = people.invitation(people.founder(), email=ada.email)
    full = replace(people.known(ada), memberships=MEMBERSHIPS_MAX)
    with pytest.raises(WrongState, match=f"{MEMBERSHIPS_MAX} organizations"):
        people.invitations.join_known(invitation, invited(invitation), full)


@pytest.mark.parametrize("end", ["demoted", "disabled", "removed"])
def test_an_invitation_ends_with_the_rights_of_who_made_it(people: IdentityStore, ada: User, end: str) -> None:
    rogue = people.colleague(ada, Role.ADMIN)
    invitation = people.invitation(rogue, Role.ADMIN)
    if end == "removed":
        people.members.remove(rogue)
    else:
        changed = {"demoted": replace(rogue, roles=frozenset({Role.VIEWER})), "disabled": replace(rogue, disabled=True)}
        people.members.change(rogue, changed[end])
    with pytest.raises(InvalidInput, match="open"):
        people.invitations.join(invitation, user := invited(invitation), "hash")
    assert people.stored(user) is None


@pytest.mark.parametrize("address", ["new", "known"])
def test_sixteen_people_use_one_invitation_once(tables: Tables, address: str) -> None:
    people = in_table(tables.endpoint, tables.identity)
    for _ in range(ROUNDS):
        ada, other = people.founder(), people.founder()
        known = people.known(other) if address == "known" else None
        joins = partial(_joins, people, people.invitation(ada, email=other.email if known else ""), known)
        with ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(joins, range(16))) == 1
        assert len(people.members.page(ada.tenant_id, MemberFilter(), limit=20, after="")[0]) == 2


def _joins(people: IdentityStore, invitation: Invitation, known: Credentials | None, _: int) -> bool:
    """Returns whether another member could join by the invitation."""
    user = invited(invitation)
    try:
        if known:
            people.invitations.join_known(invitation, user, known)
        else:
            people.invitations.join(invitation, user, "hash")
    except (InvalidInput, AlreadyExists, Outdated):
        return False
    return True
