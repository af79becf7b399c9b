from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.errors import (
    AlreadyExists,
    InvalidCredentials,
    InvalidInput,
    PermissionDenied,
    Unauthenticated,
)
from maas.domain.identity.accounts import RefreshToken, User
from maas.domain.identity.principals import MODEL_SCOPES, Principal, Role, Scope, scopes_of
from maas.services.accounts import AccountService, Grant
from tests.fakes.identity import FakeIdentities, FakePasswords
from tests.support.signing_keys import keys_of

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def identities() -> FakeIdentities:
    return FakeIdentities()


@pytest.fixture
def passwords() -> FakePasswords:
    return FakePasswords()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens() -> SignedAccessTokens:
    return SignedAccessTokens(keys_of("s" * 64))


@pytest.fixture
def accounts(
    identities: FakeIdentities, passwords: FakePasswords, tokens: SignedAccessTokens, clock: Clock
) -> AccountService:
    return AccountService(identities, passwords, tokens, clock)


@pytest.fixture
def user(accounts: AccountService) -> User:
    return accounts.register(email=EMAIL, password=PASSWORD).user


@pytest.fixture
def grant(accounts: AccountService, user: User) -> Grant:
    return accounts.login(email=EMAIL, password=PASSWORD)


def _become(identities: FakeIdentities, user: User, role: Role) -> None:
    identities.users[user.tenant_id, user.id] = User(
        id=user.id,
        tenant_id=user.tenant_id,
        email=user.email,
        name=user.name,
        roles=frozenset({role}),
        created_at=user.created_at,
    )


def _principal(user: User, grant: Grant) -> Principal:
    """Returns the user as the caller that the grant's access token names."""
    session_id = grant.refresh_token.partition(".")[0]
    return Principal(user.id, user.tenant_id, user.roles, grant.scopes, f"session/{session_id}")


def test_the_first_user_of_an_organization_is_its_admin(accounts: AccountService) -> None:
    profile = accounts.register(email=EMAIL, password=PASSWORD, name="Ada", organization="Analytical Engines")
    assert profile.user.roles == {Role.ADMIN}
    assert profile.user.tenant_id == profile.organization.id
    assert (profile.user.name, profile.organization.name) == ("Ada", "Analytical Engines")


def test_names_default_to_the_email_address(accounts: AccountService) -> None:
    profile = accounts.register(email="a" * 200 + "@example.com", password=PASSWORD)
    assert profile.user.name == profile.organization.name == "a" * 128


def test_each_registration_creates_its_own_tenant(accounts: AccountService, user: User) -> None:
    other = accounts.register(email="grace@example.com", password=PASSWORD)
    assert other.organization.id != user.tenant_id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ada"),
        ("password", "short"),
        ("name", ""),
        ("name", "n" * 129),
        ("organization", " spaced "),
        ("organization", "bell\a"),
    ],
)
def test_register_names_the_field_that_breaks_its_rule(accounts: AccountService, field: str, value: str) -> None:
    given = {"email": EMAIL, "password": PASSWORD} | {field: value}
    with pytest.raises(InvalidInput) as caught:
        accounts.register(**given)
    assert caught.value.fields[0].field == field


def test_an_email_is_unique_in_any_spelling(accounts: AccountService, user: User) -> None:
    with pytest.raises(AlreadyExists):
        accounts.register(email="ADA@EXAMPLE.COM ", password=PASSWORD)


def test_login_grants_all_that_roles_and_grants_can_allow(grant: Grant, tokens: SignedAccessTokens, user: User) -> None:
    assert grant.scopes == scopes_of([Role.ADMIN])
    assert tokens.verify(grant.access_token) == _principal(user, grant)
    assert grant.expires_in == 900
    assert grant.refresh_expires_in == timedelta(days=30).total_seconds()


def test_login_accepts_the_email_in_any_spelling(accounts: AccountService, user: User) -> None:
    assert accounts.login(email=" ADA@example.com", password=PASSWORD).scopes


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong"), (EMAIL, ""), (EMAIL, PASSWORD.upper()), ("bob@example.com", PASSWORD)]
)
def test_failed_logins_answer_alike_after_equal_work(
    accounts: AccountService, passwords: FakePasswords, user: User, email: str, password: str
) -> None:
    with pytest.raises(InvalidCredentials) as caught:
        accounts.login(email=email, password=password)
    assert caught.value.message == "the e-mail address or the password is wrong"
    assert passwords.checked == 1


def test_an_overlong_password_is_rejected_before_hashing(
    accounts: AccountService, passwords: FakePasswords, user: User
) -> None:
    with pytest.raises(InvalidInput):
        accounts.login(email=EMAIL, password="a" * 129)
    assert passwords.checked == 0


def test_login_grants_only_the_requested_scope(
    accounts: AccountService, user: User, tokens: SignedAccessTokens
) -> None:
    narrowed = accounts.login(email=EMAIL, password=PASSWORD, scope="models:read")
    assert narrowed.scopes == {Scope.MODELS_READ}
    assert tokens.verify(narrowed.access_token).scopes == {Scope.MODELS_READ}


@pytest.mark.parametrize("scope", ["", "  ", "models:fly"])
def test_an_unknown_scope_is_invalid_input(accounts: AccountService, user: User, scope: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        accounts.login(email=EMAIL, password=PASSWORD, scope=scope)
    assert caught.value.fields[0].field == "scope"


def test_a_scope_beyond_the_roles_is_denied_by_name(
    accounts: AccountService, user: User, identities: FakeIdentities
) -> None:
    _become(identities, user, Role.VIEWER)
    with pytest.raises(PermissionDenied, match=r"users:admin$"):
        accounts.login(email=EMAIL, password=PASSWORD, scope="models:read users:admin")
    assert identities.sessions == {}


def test_a_wrong_password_reveals_nothing_about_scopes(
    accounts: AccountService, user: User, identities: FakeIdentities
) -> None:
    _become(identities, user, Role.VIEWER)
    with pytest.raises(InvalidCredentials):
        accounts.login(email=EMAIL, password="wrong", scope="users:admin")


def test_refresh_returns_new_tokens_of_the_same_user(
    accounts: AccountService, grant: Grant, tokens: SignedAccessTokens, user: User
) -> None:
    second = accounts.refresh(grant.refresh_token)
    assert second.refresh_token != grant.refresh_token
    assert tokens.verify(second.access_token) == _principal(user, grant)


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
    _become(identities, user, Role.VIEWER)
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
