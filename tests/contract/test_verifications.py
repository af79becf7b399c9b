"""Every implementation of the Verifications port, and the other writes that verify an address."""

from dataclasses import replace

import pytest

from maas.domain.identity.accounts import User
from maas.domain.identity.races import Outdated
from tests.support.identity_stores import IdentityStore, invited


def _is_verified(people: IdentityStore, *members: User) -> set[bool]:
    """Returns the mark of the address and of each of its members."""
    stored = [people.stored(member) for member in members]
    return {people.known(members[0]).verified, *(each.email_verified for each in stored if each)}


def test_an_address_is_verified_with_all_of_its_members(people: IdentityStore) -> None:
    ada = people.founder()
    further = people.membership(ada, people.founder())
    assert _is_verified(people, ada, further) == {False}
    people.verifications.verify(ada.email.upper(), people.known(ada))
    assert _is_verified(people, ada, further) == {True}
    people.verifications.verify(ada.email, people.known(ada))
    assert people.known(ada).memberships == 2


def test_nothing_is_verified_after_password_or_memberships_have_changed(people: IdentityStore) -> None:
    ada = people.founder()
    known = people.known(ada)
    people.membership(ada, people.founder())
    with pytest.raises(Outdated):
        people.verifications.verify(ada.email, known)
    known = people.known(ada)
    people.identities.renew(ada.email, known.password_hash, "a newer hash")
    with pytest.raises(Outdated):
        people.verifications.verify(ada.email, known)
    assert _is_verified(people, ada) == {False}


def test_a_further_member_has_the_state_of_the_address(people: IdentityStore) -> None:
    ada = people.founder()
    people.verifications.verify(ada.email, people.known(ada))
    invitation = people.invitation(people.founder(), email=ada.email)
    further = replace(invited(invitation), email_verified=True)
    people.invitations.join_known(invitation, further, people.known(ada))
    assert _is_verified(people, ada, further) == {True}


def test_a_member_that_joins_verified_verifies_the_address(people: IdentityStore) -> None:
    ada = people.founder()
    second = people.membership(ada, people.founder())
    invitation = people.invitation(people.founder(), email=ada.email)
    third = replace(invited(invitation), email_verified=True)
    people.invitations.join_known(invitation, third, people.known(ada))
    assert _is_verified(people, ada, second, third) == {True}
    assert people.known(ada).memberships == 3


def test_a_new_person_that_joins_verified_has_a_verified_address(people: IdentityStore) -> None:
    invitation = people.invitation(people.founder())
    grace = replace(invited(invitation), email_verified=True)
    people.invitations.join(invitation, grace, "the hash")
    assert _is_verified(people, grace) == {True}


@pytest.mark.parametrize("verified", [True, False])
def test_a_new_password_verifies_an_address_or_leaves_it(people: IdentityStore, verified: bool) -> None:
    ada = people.founder()
    further = people.membership(ada, people.founder())
    known = people.known(ada)
    successor = replace(known, password_hash="a newer hash", password_id="another", verified=verified)
    people.own.change_password(ada.email, known, successor, "")
    assert _is_verified(people, ada, further) == {verified}


def test_a_mailed_invitation_is_read_as_one(people: IdentityStore) -> None:
    ada = people.founder()
    handed_over = people.invitation(ada)
    mailed = replace(people.invitation(ada), mailed=True)
    people.invitations.add(mailed)
    assert people.invitations.invitation(ada.tenant_id, mailed.id) == mailed
    assert people.invitations.invitation(ada.tenant_id, handed_over.id) == handed_over
