"""One refresh token that several callers use at once, or twice in turn, over each store of accounts."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.domain.errors import Unauthenticated
from maas.domain.ids import new_id
from maas.services.accounts import AccountService, Grant
from tests.fakes.identity import FakePasswords
from tests.support.identity_stores import IdentityStore
from tests.support.rounds import FULL
from tests.support.signing_keys import keys_of
from tests.support.table_engines import TABLE_STORES

CALLERS, ROUNDS = 8, 100 if FULL else 10
PASSWORD = "correct horse battery"

pytestmark = [
    pytest.mark.parametrize("people", TABLE_STORES, indirect=True),
    pytest.mark.timeout(600 if FULL else 120),
]


class Person:
    """Somebody who logs in again and again."""

    def __init__(self, people: IdentityStore) -> None:
        self._people = people
        self._accounts = AccountService(people.identities, FakePasswords(), SignedAccessTokens(keys_of("s" * 64)))
        self._email = f"{new_id()}@example.com"
        self._accounts.register(email=self._email, password=PASSWORD)

    def login(self) -> str:
        return self._accounts.login(email=self._email, password=PASSWORD).refresh_token

    def refreshed(self, token: str) -> Grant | None:
        """The new tokens, or None if the token is refused."""
        try:
            return self._accounts.refresh(token)
        except Unauthenticated:
            return None

    def has_session(self, token: str) -> bool:
        return self._people.identities.session(token.partition(".")[0]) is not None


@pytest.fixture
def person(people: IdentityStore) -> Person:
    return Person(people)


def test_a_token_that_eight_callers_use_at_once_leaves_no_session(person: Person) -> None:
    other = person.login()
    start = threading.Barrier(CALLERS)

    def refreshed(token: str) -> Grant | None:
        start.wait()
        return person.refreshed(token)

    with ThreadPoolExecutor(CALLERS) as threads:
        for _ in range(ROUNDS):
            token = person.login()
            winners = [answer for answer in threads.map(refreshed, [token] * CALLERS) if answer is not None]
            assert len(winners) <= 1
            assert not person.has_session(token)
            assert [person.refreshed(winner.refresh_token) for winner in winners] == [None] * len(winners)
    assert person.refreshed(other)


def test_a_token_used_again_ends_its_session_at_once(person: Person) -> None:
    for _ in range(ROUNDS):
        first = person.login()
        second = person.refreshed(first)
        assert second
        assert person.refreshed(first) is None
        assert not person.has_session(first)
        assert person.refreshed(second.refresh_token) is None
