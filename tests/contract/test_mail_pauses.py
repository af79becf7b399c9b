"""Every implementation of the MailPauses port."""

from datetime import timedelta

from maas.domain.ids import new_id
from tests.support.identity_stores import NOW, IdentityStore

PAUSE = timedelta(minutes=1)


def test_an_address_gets_one_mail_in_each_pause(people: IdentityStore) -> None:
    ada = people.founder()
    assert people.pauses.claim(ada.email, "reset", NOW, NOW - PAUSE)
    assert not people.pauses.claim(ada.email.upper(), "reset", NOW, NOW - PAUSE)
    soon, later = NOW + timedelta(seconds=59), NOW + PAUSE
    assert not people.pauses.claim(ada.email, "reset", soon, soon - PAUSE)
    assert people.pauses.claim(ada.email, "reset", later, later - PAUSE)


def test_pauses_of_two_addresses_are_apart(people: IdentityStore) -> None:
    ada, grace = people.founder(), people.founder()
    assert people.pauses.claim(ada.email, "reset", NOW, NOW - PAUSE)
    assert people.pauses.claim(grace.email, "reset", NOW, NOW - PAUSE)


def test_an_address_without_an_account_has_a_pause_and_stays_without(people: IdentityStore) -> None:
    nobody = f"{new_id()}@example.com"
    assert people.pauses.claim(nobody, "reset", NOW, NOW - PAUSE)
    assert not people.pauses.claim(nobody, "reset", NOW, NOW - PAUSE)
    assert people.identities.credentials(nobody) is None


def test_mails_of_two_kinds_have_pauses_of_their_own(people: IdentityStore) -> None:
    ada = people.founder()
    assert people.pauses.claim(ada.email, "reset", NOW, NOW - PAUSE)
    assert people.pauses.claim(ada.email, "verification", NOW, NOW - PAUSE)


def test_a_pause_leaves_password_and_memberships_as_they_were(people: IdentityStore) -> None:
    ada = people.founder()
    known = people.identities.credentials(ada.email)
    assert people.pauses.claim(ada.email, "reset", NOW, NOW - PAUSE)
    assert people.identities.credentials(ada.email) == known
