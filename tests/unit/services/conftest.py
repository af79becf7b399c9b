"""An AccountService on fakes, and one user of it who is logged in."""

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.identity.accounts import User
from maas.services.accounts import AccountService, Grant
from tests.fakes.identity import FakeIdentities, FakePasswords
from tests.support.account_world import EMAIL, PASSWORD, Clock
from tests.support.signing_keys import keys_of


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
