"""The rights that a caller has now, as the auth function looks them up with every request."""

from dataclasses import replace
from datetime import timedelta

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.errors import InvalidCredentials, Unauthenticated
from maas.domain.identity.accounts import User
from maas.domain.identity.api_keys import KeySecret
from maas.domain.identity.principals import Principal, Role, Scope
from maas.services.accounts import AccountService
from tests.fakes.identity import FakeIdentities, FakePasswords
from tests.support.api_keys import a_key
from tests.support.signing_keys import keys_of

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


@pytest.fixture
def identities() -> FakeIdentities:
    return FakeIdentities()


@pytest.fixture
def tokens() -> SignedAccessTokens:
    return SignedAccessTokens(keys_of("s" * 64))


@pytest.fixture
def accounts(identities: FakeIdentities, tokens: SignedAccessTokens) -> AccountService:
    return AccountService(identities, FakePasswords(), tokens)


@pytest.fixture
def user(accounts: AccountService) -> User:
    return accounts.register(email=EMAIL, password=PASSWORD).user


@pytest.fixture
def caller(accounts: AccountService, tokens: SignedAccessTokens, user: User) -> Principal:
    return tokens.verify(accounts.login(email=EMAIL, password=PASSWORD).access_token)


def _change(identities: FakeIdentities, user: User, **changes: object) -> None:
    identities.users[user.tenant_id, user.id] = replace(user, **changes)  # type: ignore[arg-type]


def test_a_caller_in_good_standing_keeps_its_rights(accounts: AccountService, caller: Principal) -> None:
    assert accounts.current(caller) == caller


def test_a_key_has_the_networks_of_its_record(accounts: AccountService, identities: FakeIdentities, user: User) -> None:
    secret = KeySecret.fresh()
    identities.keys[secret.key_id] = replace(a_key(user, secret=secret), networks=("192.0.2.0/24",))
    by = Principal(user.id, user.tenant_id, frozenset(), frozenset(Scope), secret.credential)
    assert accounts.current(by).networks == ("192.0.2.0/24",)


def test_cut_roles_take_effect_on_a_live_token(
    accounts: AccountService, identities: FakeIdentities, user: User, caller: Principal
) -> None:
    _change(identities, user, roles=frozenset({Role.VIEWER}))
    now = accounts.current(caller)
    assert now.roles == {Role.VIEWER}
    assert now.tenant_scopes == {Scope.MODELS_READ, Scope.INFERENCE_INVOKE}


def test_a_disabled_user_is_refused_everywhere(
    accounts: AccountService, identities: FakeIdentities, user: User, caller: Principal
) -> None:
    grant = accounts.login(email=EMAIL, password=PASSWORD)
    _change(identities, user, disabled=True)
    with pytest.raises(Unauthenticated):
        accounts.current(caller)
    with pytest.raises(Unauthenticated):
        accounts.refresh(grant.refresh_token)
    with pytest.raises(InvalidCredentials):
        accounts.login(email=EMAIL, password=PASSWORD)


def test_a_deleted_user_is_refused(
    accounts: AccountService, identities: FakeIdentities, user: User, caller: Principal
) -> None:
    del identities.users[user.tenant_id, user.id]
    with pytest.raises(Unauthenticated):
        accounts.current(caller)


def test_a_logged_out_session_is_refused(accounts: AccountService, tokens: SignedAccessTokens, user: User) -> None:
    grant = accounts.login(email=EMAIL, password=PASSWORD)
    accounts.logout(grant.refresh_token)
    with pytest.raises(Unauthenticated):
        accounts.current(tokens.verify(grant.access_token))


def test_a_token_without_a_credential_is_checked_by_its_member(
    accounts: AccountService, identities: FakeIdentities, user: User, caller: Principal
) -> None:
    older = replace(caller, credential="")
    assert accounts.current(older).roles == user.roles
    _change(identities, user, disabled=True)
    with pytest.raises(Unauthenticated):
        accounts.current(older)


def test_a_credential_of_another_member_is_refused(
    accounts: AccountService, identities: FakeIdentities, user: User, caller: Principal
) -> None:
    other = replace(user, id="another")
    identities.users[user.tenant_id, other.id] = other
    with pytest.raises(Unauthenticated):
        accounts.current(replace(caller, subject=other.id))


@pytest.mark.parametrize("text", ["session/", "/x", "cookie/x", "session"])
def test_an_unknown_kind_of_credential_is_refused(accounts: AccountService, caller: Principal, text: str) -> None:
    with pytest.raises(Unauthenticated):
        accounts.current(replace(caller, credential=text))


def test_a_key_has_its_scopes_and_models(
    accounts: AccountService, identities: FakeIdentities, user: User, caller: Principal
) -> None:
    key = a_key(user, scopes={Scope.INFERENCE_INVOKE}, models={"model": "^1.2"})
    identities.keys[key.id] = key
    now = accounts.current(replace(caller, credential=f"key/{key.id}"))
    assert now.scopes == {Scope.INFERENCE_INVOKE}
    assert now.narrowed == {"model": "^1.2"}
    assert now.tenant_scopes == frozenset()


def test_an_expired_or_revoked_key_is_refused(
    accounts: AccountService, identities: FakeIdentities, user: User, caller: Principal
) -> None:
    key = a_key(user)
    by = replace(caller, credential=f"key/{key.id}")
    with pytest.raises(Unauthenticated):
        accounts.current(by)
    identities.keys[key.id] = replace(key, expires_at=key.created_at - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        accounts.current(by)


def test_a_secret_that_a_rotation_has_ended_is_refused(
    accounts: AccountService, identities: FakeIdentities, user: User, caller: Principal
) -> None:
    old, new = KeySecret.fresh("0" * 16), KeySecret.fresh("0" * 16)
    key = replace(a_key(user, secret=new), previous_digest=old.digest)
    by_old, by_new = (replace(caller, credential=secret.credential) for secret in (old, new))
    identities.keys[key.id] = replace(key, previous_until=key.created_at + timedelta(hours=1))
    assert accounts.current(by_old).subject == accounts.current(by_new).subject == user.id
    identities.keys[key.id] = replace(key, previous_until=key.created_at)
    assert accounts.current(by_new).subject == user.id
    with pytest.raises(Unauthenticated):
        accounts.current(by_old)


def test_a_profile_is_the_user_and_its_organization(accounts: AccountService, user: User) -> None:
    profile = accounts.profile(Principal(user.id, user.tenant_id, user.roles, frozenset()))
    assert profile.user == user
    assert profile.organization.id == user.tenant_id


@pytest.mark.parametrize("tenant", ["", "other"])
def test_a_profile_of_another_tenant_is_never_found(accounts: AccountService, user: User, tenant: str) -> None:
    with pytest.raises(Unauthenticated):
        accounts.profile(Principal(user.id, tenant, user.roles, frozenset()))
