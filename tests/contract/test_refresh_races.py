"""One refresh token that several callers use at once, over each store of accounts."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

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

CALLERS, ROUNDS = 8, 100 if FULL else 3
PASSWORD = "correct horse battery"


def _refreshed(accounts: AccountService, token: str) -> Grant | None:
    try:
        return accounts.refresh(token)
    except Unauthenticated:
        return None


@pytest.mark.parametrize("people", TABLE_STORES, indirect=True)
def test_a_token_that_eight_callers_use_at_once_leaves_no_session(people: IdentityStore) -> None:
    accounts = AccountService(people.identities, FakePasswords(), SignedAccessTokens(keys_of("s" * 64)))
    email = f"{new_id()}@example.com"
    accounts.register(email=email, password=PASSWORD)
    with ThreadPoolExecutor(CALLERS) as threads:
        for _ in range(ROUNDS):
            token = accounts.login(email=email, password=PASSWORD).refresh_token
            answers = [*threads.map(partial(_refreshed, accounts), [token] * CALLERS)]
            winners = [answer for answer in answers if answer is not None]
            assert len(winners) <= 1
            assert people.identities.session(token.partition(".")[0]) is None
            assert [_refreshed(accounts, winner.refresh_token) for winner in winners] == [None] * len(winners)
