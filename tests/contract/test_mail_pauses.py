"""Every implementation of the MailPauses port."""

from datetime import timedelta

from tests.support.identity_stores import NOW, IdentityStore

PAUSE = timedelta(minutes=1)


def test_an_address_gets_one_mail_in_each_pause(people: IdentityStore) -> None:
    ada = people.founder()
    assert people.pauses.claim(ada.email, NOW, NOW - PAUSE)
    assert not people.pauses.claim(ada.email.upper(), NOW, NOW - PAUSE)
    soon, later = NOW + timedelta(seconds=59), NOW + PAUSE
    assert not people.pauses.claim(ada.email, soon, soon - PAUSE)
    assert people.pauses.claim(ada.email, later, later - PAUSE)


def test_pauses_of_two_addresses_are_apart(people: IdentityStore) -> None:
    ada, grace = people.founder(), people.founder()
    assert people.pauses.claim(ada.email, NOW, NOW - PAUSE)
    assert people.pauses.claim(grace.email, NOW, NOW - PAUSE)


def test_an_address_without_an_account_gets_no_mail_and_no_record(people: IdentityStore) -> None:
    assert not people.pauses.claim("nobody@example.com", NOW, NOW - PAUSE)
    assert people.identities.credentials("nobody@example.com") is None


def test_a_pause_leaves_password_and_memberships_as_they_were(people: IdentityStore) -> None:
    ada = people.founder()
    known = people.identities.credentials(ada.email)
    assert people.pauses.claim(ada.email, NOW, NOW - PAUSE)
    assert people.identities.credentials(ada.email) == known
