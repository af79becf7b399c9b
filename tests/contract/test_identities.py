"""Every implementation of the Identities port."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from maas.adapters.aws.identity.accounts import DynamoIdentities
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.errors import AlreadyExists
from maas.domain.identity.accounts import Organization, Session, User
from maas.domain.identity.principals import Role, Scope
from maas.domain.ids import new_id
from maas.services.ports.identity import Identities
from tests.fakes.identity import FakeIdentities

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(params=["memory", "dynamodb"])
def identities(request: pytest.FixtureRequest) -> Identities:
    if request.param == "memory":
        return FakeIdentities()
    aws = request.getfixturevalue("aws")
    table = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
    return DynamoIdentities(IdentityTable(table, aws.endpoint))


def _account(email: str = "") -> tuple[Organization, User]:
    organization = Organization(id=new_id(), name="Analytical Engines", created_at=NOW)
    user = User(
        id=new_id(),
        tenant_id=organization.id,
        email=email or f"{new_id()}@example.com",
        name="Ada",
        roles=frozenset({Role.ADMIN, Role.VIEWER}),
        created_at=NOW,
    )
    return organization, user


def _session() -> Session:
    return Session(
        id=new_id(),
        tenant_id=new_id(),
        user_id=new_id(),
        scopes=frozenset({Scope.MODELS_READ, Scope.MODELS_WRITE}),
        expires_at=NOW + timedelta(days=30),
        digest="first",
        family="the key",
    )


def test_an_added_account_is_read_back(identities: Identities) -> None:
    organization, user = _account("ädä@example.com")
    identities.add(organization, user, "the hash")
    assert identities.organization(organization.id) == organization
    assert identities.user(user.tenant_id, user.id) == user
    known = identities.credentials(user.email)
    assert known is not None
    assert (known.tenant_id, known.user_id, known.password_hash) == (user.tenant_id, user.id, "the hash")


def test_credentials_are_found_in_any_case_of_the_address(identities: Identities) -> None:
    organization, user = _account(f"Gro\u00df{new_id()}@Example.com")
    identities.add(organization, user, "the hash")
    found = identities.user(user.tenant_id, user.id)
    assert found is not None
    assert found.email == user.email
    known = identities.credentials(user.email.upper().replace("SS", "\u1e9e"))
    assert known is not None
    assert known.user_id == user.id
    assert identities.memberships(user.email.lower(), known) == [user]
    assert identities.credentials(user.email.replace("\u00df", "ss")) is None


def test_unknown_accounts_and_sessions_are_none(identities: Identities) -> None:
    assert identities.organization(new_id()) is None
    assert identities.user(new_id(), new_id()) is None
    assert identities.credentials("nobody@example.com") is None
    assert identities.session(new_id()) is None


def test_a_user_is_found_in_its_own_tenant_only(identities: Identities) -> None:
    organization, user = _account()
    identities.add(organization, user, "hash")
    assert identities.user(new_id(), user.id) is None


def test_a_taken_email_is_refused_and_nothing_is_stored(identities: Identities) -> None:
    organization, user = _account()
    identities.add(organization, user, "first")
    other, impostor = _account(user.email)
    with pytest.raises(AlreadyExists) as refused:
        identities.add(other, impostor, "second")
    assert refused.value.fields[0].field == "email"
    assert identities.organization(other.id) is None
    assert identities.user(other.id, impostor.id) is None
    known = identities.credentials(user.email)
    assert known is not None
    assert known.password_hash == "first"


def test_only_the_hash_that_was_read_is_renewed(identities: Identities) -> None:
    organization, user = _account()
    identities.add(organization, user, "first")
    identities.renew(user.email, "another", "second")
    assert (known := identities.credentials(user.email)) is not None
    assert known.password_hash == "first"
    identities.renew(user.email, "first", "second")
    assert identities.credentials(user.email) == replace(known, password_hash="second")
    identities.renew("nobody@example.com", "first", "second")
    assert identities.credentials("nobody@example.com") is None


def test_a_session_is_read_back(identities: Identities) -> None:
    session = _session()
    identities.begin(session)
    assert identities.session(session.id) == session


def test_only_the_current_digest_of_a_session_rotates(identities: Identities) -> None:
    session = _session()
    identities.begin(session)
    assert identities.rotate(session.id, "first", "second", NOW)
    assert not identities.rotate(session.id, "first", "third", NOW)
    assert identities.rotate(session.id, "second", "fourth", NOW)
    assert identities.session(session.id) == replace(session, digest="fourth", refreshed_at=NOW)


def test_a_session_without_a_family_gets_it_at_its_first_rotation(identities: Identities) -> None:
    session = replace(_session(), family="")
    identities.begin(session)
    assert identities.session(session.id) == session
    assert identities.rotate(session.id, "first", "second", NOW)
    assert identities.rotate(session.id, "second", "third", NOW)
    assert identities.session(session.id) == replace(session, digest="third", family="first", refreshed_at=NOW)


def test_a_retried_rotation_counts_once(identities: Identities) -> None:
    session = _session()
    identities.begin(session)
    assert identities.rotate(session.id, "first", "second", NOW)
    assert identities.rotate(session.id, "first", "second", NOW)


def test_an_expired_session_does_not_rotate(identities: Identities) -> None:
    session = _session()
    identities.begin(session)
    assert not identities.rotate(session.id, "first", "second", session.expires_at)
    assert identities.rotate(session.id, "first", "second", session.expires_at - timedelta(seconds=1))


def test_an_ended_session_is_gone_and_can_be_ended_again(identities: Identities) -> None:
    session = _session()
    identities.begin(session)
    identities.end(session)
    identities.end(session, reused=True)
    assert identities.session(session.id) is None
    assert not identities.rotate(session.id, "first", "second", NOW)
