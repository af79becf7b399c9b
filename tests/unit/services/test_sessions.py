"""Refresh and logout: which tokens they accept, and when a session ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.errors import Unauthenticated
from maas.domain.identity.accounts import RefreshToken, User
from maas.domain.identity.principals import MODEL_SCOPES, Role, Scope
from maas.services.accounts import AccountService, Grant
from tests.fakes.identity import FakeIdentities
from tests.support.account_world import EMAIL, PASSWORD, Clock, become, principal_of


def test_refresh_returns_new_tokens_of_the_same_user(
    accounts: AccountService, grant: Grant, tokens: SignedAccessTokens, user: User
) -> None:
    second = accounts.refresh(grant.refresh_token)
    assert second.refresh_token != grant.refresh_token
    assert tokens.verify(second.access_token) == principal_of(user, grant)


def test_reusing_a_refresh_token_ends_the_session(accounts: AccountService, grant: Grant) -> None:
    second = accounts.refresh(grant.refresh_token)
    for token in (grant.refresh_token, second.refresh_token):
        with pytest.raises(Unauthenticated):
            accounts.refresh(token)


@pytest.mark.parametrize("secret", ["x", "x.y", "-" * 43, "-" * 43 + "." + "-" * 43])
def test_a_secret_that_was_never_issued_changes_nothing(
    accounts: AccountService, grant: Grant, identities: FakeIdentities, secret: str
) -> None:
    before = dict(identities.sessions)
    forged = f"{grant.refresh_token.partition('.')[0]}.{secret}"
    with pytest.raises(Unauthenticated):
        accounts.refresh(forged)
    accounts.logout(forged)
    assert identities.sessions == before
    assert accounts.refresh(grant.refresh_token).scopes


def test_a_token_used_long_ago_still_ends_the_session(accounts: AccountService, grant: Grant) -> None:
    newest = grant
    for _ in range(5):
        newest = accounts.refresh(newest.refresh_token)
    for token in (grant.refresh_token, newest.refresh_token):
        with pytest.raises(Unauthenticated):
            accounts.refresh(token)


def _as_of_an_earlier_release(identities: FakeIdentities, grant: Grant) -> str:
    """Turns the session into one of an earlier release, and returns its newest token."""
    session_id = grant.refresh_token.partition(".")[0]
    token = RefreshToken(session_id, "x" * 43)
    identities.sessions[session_id] = replace(identities.sessions[session_id], digest=token.digest, family="")
    return str(token)


def test_a_session_of_an_earlier_release_goes_on(
    accounts: AccountService, grant: Grant, identities: FakeIdentities
) -> None:
    older = _as_of_an_earlier_release(identities, grant)
    second = accounts.refresh(older)
    assert accounts.refresh(second.refresh_token).scopes


def test_reusing_a_token_of_an_earlier_release_ends_the_session(
    accounts: AccountService, grant: Grant, identities: FakeIdentities
) -> None:
    older = _as_of_an_earlier_release(identities, grant)
    second = accounts.refresh(older)
    for token in (older, second.refresh_token):
        with pytest.raises(Unauthenticated):
            accounts.refresh(token)


def test_logout_ends_a_session_of_an_earlier_release(
    accounts: AccountService, grant: Grant, identities: FakeIdentities
) -> None:
    accounts.logout(_as_of_an_earlier_release(identities, grant))
    assert identities.sessions == {}


def test_logout_with_a_used_token_ends_the_session(
    accounts: AccountService, grant: Grant, identities: FakeIdentities
) -> None:
    accounts.refresh(grant.refresh_token)
    accounts.logout(grant.refresh_token)
    assert identities.sessions == {}


def test_a_reused_token_ends_only_its_own_session(accounts: AccountService, grant: Grant) -> None:
    other = accounts.login(email=EMAIL, password=PASSWORD)
    accounts.refresh(grant.refresh_token)
    with pytest.raises(Unauthenticated):
        accounts.refresh(grant.refresh_token)
    assert accounts.refresh(other.refresh_token).scopes


def test_losing_a_race_for_a_refresh_token_ends_the_session(
    accounts: AccountService, grant: Grant, identities: FakeIdentities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other call rotates the token between our read and our write."""
    won: list[Grant] = []

    def overtaken(tenant_id: str, user_id: str) -> User | None:
        monkeypatch.undo()
        won.append(accounts.refresh(grant.refresh_token))
        return identities.user(tenant_id, user_id)

    monkeypatch.setattr(identities, "user", overtaken)
    with pytest.raises(Unauthenticated):
        accounts.refresh(grant.refresh_token)
    with pytest.raises(Unauthenticated):
        accounts.refresh(won[0].refresh_token)


def test_refresh_keeps_narrowed_scopes(accounts: AccountService, user: User) -> None:
    narrowed = accounts.login(email=EMAIL, password=PASSWORD, scope="models:read")
    assert accounts.refresh(narrowed.refresh_token).scopes == {Scope.MODELS_READ}


def test_refresh_drops_scopes_of_lost_roles(
    accounts: AccountService, grant: Grant, identities: FakeIdentities, user: User
) -> None:
    become(identities, user, Role.VIEWER)
    assert accounts.refresh(grant.refresh_token).scopes == MODEL_SCOPES


def test_refreshing_does_not_extend_a_session(accounts: AccountService, grant: Grant, clock: Clock) -> None:
    clock.now += timedelta(days=29)
    second = accounts.refresh(grant.refresh_token)
    assert second.refresh_expires_in == timedelta(days=1).total_seconds()
    clock.now += timedelta(days=1)
    with pytest.raises(Unauthenticated):
        accounts.refresh(second.refresh_token)


@pytest.mark.parametrize("token", ["", "nonsense", "0193-unknown.secret", "a.b.c", "x" * 5000])
def test_a_malformed_refresh_token_is_unauthenticated(accounts: AccountService, token: str) -> None:
    with pytest.raises(Unauthenticated):
        accounts.refresh(token)


def test_refresh_for_a_deleted_user_is_unauthenticated(
    accounts: AccountService, grant: Grant, identities: FakeIdentities
) -> None:
    identities.users.clear()
    with pytest.raises(Unauthenticated):
        accounts.refresh(grant.refresh_token)


def test_logout_ends_the_session_and_is_idempotent(
    accounts: AccountService, grant: Grant, identities: FakeIdentities
) -> None:
    accounts.logout(grant.refresh_token)
    accounts.logout(grant.refresh_token)
    assert identities.sessions == {}


def test_logout_ignores_a_malformed_token(accounts: AccountService, grant: Grant, identities: FakeIdentities) -> None:
    accounts.logout("nonsense")
    assert len(identities.sessions) == 1


def test_secrets_are_not_stored(accounts: AccountService, grant: Grant, identities: FakeIdentities) -> None:
    secret = grant.refresh_token.partition(".")[2]
    assert secret not in repr(identities.sessions)


def test_no_token_is_in_the_repr_of_a_grant(grant: Grant) -> None:
    assert grant.refresh_token not in repr(grant)
    assert grant.access_token not in repr(grant)
