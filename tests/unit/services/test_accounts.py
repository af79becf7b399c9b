from datetime import timedelta
from typing import Any

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.errors import AlreadyExists, InvalidCredentials, InvalidInput, PermissionDenied
from maas.domain.identity.accounts import User
from maas.domain.identity.principals import Role, Scope, scopes_of
from maas.services.accounts import AccountService, Grant
from tests.fakes.identity import COMMON, FakeIdentities, FakePasswords
from tests.support.account_world import EMAIL, PASSWORD, become, principal_of


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
    given: dict[str, Any] = {"email": EMAIL, "password": PASSWORD} | {field: value}
    with pytest.raises(InvalidInput) as caught:
        accounts.register(**given)
    assert caught.value.fields[0].field == field


def test_an_email_is_unique_in_any_spelling(accounts: AccountService, user: User) -> None:
    with pytest.raises(AlreadyExists):
        accounts.register(email="ADA@EXAMPLE.COM ", password=PASSWORD)


def test_an_address_is_kept_as_it_was_given(accounts: AccountService, tokens: SignedAccessTokens) -> None:
    made = accounts.register(email=" Ada@Stra\u00dfe.example ", password=PASSWORD).user
    assert made.email == "Ada@Stra\u00dfe.example"
    grant = accounts.login(email="ADA@stra\u00dfe.example", password=PASSWORD)
    assert accounts.profile(tokens.verify(grant.access_token)).user == made


def test_two_mailboxes_are_two_accounts(accounts: AccountService) -> None:
    accounts.register(email="stra\u00dfe@example.com", password=PASSWORD)
    with pytest.raises(InvalidCredentials):
        accounts.login(email="strasse@example.com", password=PASSWORD)
    assert accounts.register(email="strasse@example.com", password=PASSWORD).user.email == "strasse@example.com"


def test_login_grants_all_that_roles_and_grants_can_allow(grant: Grant, tokens: SignedAccessTokens, user: User) -> None:
    assert grant.scopes == scopes_of([Role.ADMIN])
    assert tokens.verify(grant.access_token) == principal_of(user, grant)
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
        accounts.login(email=EMAIL, password="a" * 257)
    assert passwords.checked == 0


def test_a_password_of_an_earlier_release_still_logs_in(
    accounts: AccountService, user: User, identities: FakeIdentities
) -> None:
    identities.renew(EMAIL, f"hash of {PASSWORD}", "hash of 12345678")
    assert accounts.login(email=EMAIL, password="12345678").scopes


def test_login_hashes_again_with_the_parameters_of_now(
    accounts: AccountService, user: User, identities: FakeIdentities, passwords: FakePasswords
) -> None:
    identities.renew(EMAIL, f"hash of {PASSWORD}", f"outdated hash of {PASSWORD}")
    with pytest.raises(InvalidCredentials):
        accounts.login(email=EMAIL, password="wrong")
    assert identities.by_email[EMAIL].password_hash == f"outdated hash of {PASSWORD}"
    for _ in range(2):
        accounts.login(email=EMAIL, password=PASSWORD)
    assert identities.by_email[EMAIL].password_hash == f"hash of {PASSWORD}"
    assert passwords.made == 2  # one at the registration


@pytest.mark.parametrize(
    ("password", "rule"), [("short", "min_length"), (COMMON, "common"), ("I am Lovelace", "personal")]
)
def test_register_names_the_rule_that_a_password_breaks(
    accounts: AccountService, passwords: FakePasswords, password: str, rule: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        accounts.register(email=EMAIL, password=password, name="Lovelace")
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("password", rule)
    assert passwords.made == 0


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
    become(identities, user, Role.VIEWER)
    with pytest.raises(PermissionDenied, match=r"users:admin$"):
        accounts.login(email=EMAIL, password=PASSWORD, scope="models:read users:admin")
    assert identities.sessions == {}


def test_a_wrong_password_reveals_nothing_about_scopes(
    accounts: AccountService, user: User, identities: FakeIdentities
) -> None:
    become(identities, user, Role.VIEWER)
    with pytest.raises(InvalidCredentials):
        accounts.login(email=EMAIL, password="wrong", scope="users:admin")
