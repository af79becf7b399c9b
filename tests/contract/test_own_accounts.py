"""Every implementation of the OwnAccounts port: names, lists of sessions, and passwords that end sessions."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import boto3
import pytest

from maas.domain.errors import Unauthenticated
from maas.domain.identity.accounts import SESSION_LIFETIME, Credentials, Session, User
from maas.domain.identity.races import Outdated
from maas.domain.ids import new_id
from maas.wire.identity.accounts import session_item
from tests.support.identity_stores import NOW, IdentityStore, in_table
from tests.support.table_engines import Tables

LATER = NOW + timedelta(hours=1)


def _ids(people: IdentityStore, user: User, now: datetime = NOW) -> list[str]:
    stored = people.stored(user)
    assert stored is not None
    return [session.id for session in people.own.sessions(stored, now, limit=100, after="")[0]]


def _another(known: Credentials) -> Credentials:
    return replace(known, password_hash=f"hash {new_id()}", password_id=new_id())


def test_sessions_are_listed_oldest_first_in_pages(people: IdentityStore, ada: User) -> None:
    first, second, third = (people.session(ada) for _ in range(3))
    people.session(people.colleague(ada))
    assert people.own.sessions(ada, NOW, limit=2, after="") == ([first, second], second.id)
    assert people.own.sessions(ada, NOW, limit=2, after=second.id) == ([third], "")
    assert people.own.sessions(ada, NOW, limit=3, after="") == ([first, second, third], "")


def test_ended_and_expired_sessions_are_not_listed(people: IdentityStore, ada: User) -> None:
    ended, early, late = people.session(ada), people.session(ada), people.session(ada, LATER)
    people.identities.end(ended)
    assert _ids(people, ada) == [early.id, late.id]
    assert _ids(people, ada, NOW + SESSION_LIFETIME) == [late.id]


def test_a_page_is_full_even_if_many_sessions_have_ended(people: IdentityStore, ada: User) -> None:
    sessions = [people.session(ada) for _ in range(30)]
    for session in sessions[:25]:
        people.identities.end(session)
    found, last = people.own.sessions(ada, NOW, limit=4, after="")
    assert (found, last) == (sessions[25:29], sessions[28].id)


def test_a_refresh_is_kept_with_the_session(people: IdentityStore, ada: User) -> None:
    session = people.session(ada)
    assert people.identities.rotate(session.id, "digest", "next", LATER)
    assert people.own.sessions(ada, NOW, limit=1, after="")[0] == [replace(session, digest="next", refreshed_at=LATER)]


def test_a_session_of_an_earlier_release_is_listed_after_its_refresh(tables: Tables) -> None:
    people = in_table(tables.endpoint, tables.identity)
    ada = people.founder()
    old = Session(
        id=new_id(),
        tenant_id=ada.tenant_id,
        user_id=ada.id,
        scopes=frozenset(),
        expires_at=NOW + SESSION_LIFETIME,
        digest="digest",
    )
    client = boto3.resource("dynamodb", endpoint_url=tables.endpoint)
    client.Table(tables.identity).put_item(Item=session_item(old))
    assert _ids(people, ada) == []
    assert people.identities.rotate(old.id, "digest", "next", NOW)
    assert _ids(people, ada) == [old.id]
    assert people.own.sessions(ada, NOW, limit=1, after="")[0][0].began_at == NOW
    people.own.end_sessions(ada, LATER)
    assert _ids(people, ada) == []


def test_all_sessions_until_a_moment_end_at_once(people: IdentityStore, ada: User) -> None:
    people.session(ada)
    other = people.session(grace := people.colleague(ada))
    people.own.end_sessions(ada, LATER)
    after = people.session(ada, LATER + timedelta(microseconds=1))
    assert _ids(people, ada) == [after.id]
    assert _ids(people, grace) == [other.id]


def test_a_name_is_changed_alone(people: IdentityStore, ada: User) -> None:
    people.own.end_sessions(ada, LATER)
    people.own.rename(ada, "Augusta Ada")
    assert people.stored(ada) == replace(ada, name="Augusta Ada", sessions_after=LATER)


def test_a_member_that_is_gone_stays_gone(people: IdentityStore, ada: User) -> None:
    people.members.remove(grace := people.colleague(ada))
    people.own.rename(grace, "Grace")
    people.own.end_sessions(grace, LATER)
    assert people.stored(grace) is None


def test_a_new_password_ends_all_sessions_but_the_kept_one(people: IdentityStore, ada: User) -> None:
    kept, other = people.session(ada), people.session(ada)
    changed = _another(people.known(ada))
    people.own.change_password(ada.email, people.known(ada), changed, kept.id)
    assert people.known(ada) == changed
    assert _ids(people, ada) == [kept.id]
    with_the_old_one = people.session(ada)
    with_the_new_one = people.session(ada, password_id=changed.password_id)
    assert other.id not in _ids(people, ada)
    assert with_the_old_one.id not in _ids(people, ada)
    assert _ids(people, ada) == [kept.id, with_the_new_one.id]


def test_a_new_password_ends_the_sessions_of_all_memberships(people: IdentityStore, ada: User) -> None:
    further = people.membership(ada, people.founder())
    kept = people.session(ada)
    people.session(further)
    people.own.change_password(ada.email, people.known(ada), _another(people.known(ada)), kept.id)
    assert (_ids(people, ada), _ids(people, further)) == ([kept.id], [])


def test_a_changed_password_is_not_changed_again_from_an_old_reading(people: IdentityStore, ada: User) -> None:
    known = people.known(ada)
    first = _another(known)
    people.own.change_password(ada.email, known, first, "")
    with pytest.raises(Outdated):
        people.own.change_password(ada.email, known, _another(known), "")
    assert people.known(ada) == first


def test_a_membership_that_was_added_meanwhile_is_not_left_out(people: IdentityStore, ada: User) -> None:
    known = people.known(ada)
    people.membership(ada, people.founder())
    with pytest.raises(Outdated):
        people.own.change_password(ada.email, known, _another(known), "")


def test_an_ended_session_can_not_change_the_password(people: IdentityStore, ada: User) -> None:
    known, session = people.known(ada), people.session(ada)
    people.identities.end(session)
    with pytest.raises(Unauthenticated):
        people.own.change_password(ada.email, known, _another(known), session.id)
    assert people.known(ada) == known
    assert people.identities.session(session.id) is None


def test_one_of_several_changes_at_once_wins(tables: Tables) -> None:
    people = in_table(tables.endpoint, tables.identity)
    ada = people.founder()
    known = people.known(ada)
    people.membership(ada, people.founder())
    known = people.known(ada)
    passwords = [_another(known) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(partial(_changes, people, ada, known), passwords))
    assert sum(won) == 1
    assert people.known(ada) == passwords[won.index(True)]


def _changes(people: IdentityStore, user: User, known: Credentials, successor: Credentials) -> bool:
    try:
        people.own.change_password(user.email, known, successor, "")
    except Outdated:
        return False
    return True
