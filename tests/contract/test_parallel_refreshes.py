"""Refreshes with one token at the same moment, on the identity table: at most one session lives on."""

import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from maas.adapters.access_tokens import SignedAccessTokens
from maas.adapters.aws.identity.accounts import DynamoIdentities
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.errors import Unauthenticated
from maas.services.accounts import AccountService, Grant
from tests.fakes.identity import FakePasswords
from tests.support.account_world import EMAIL, PASSWORD
from tests.support.rounds import FULL
from tests.support.signing_keys import keys_of
from tests.support.table_engines import TABLE_STORES, Tables

ROUNDS, AT_ONCE = (100 if FULL else 10), 8


class World:
    """Accounts of one fresh address on a table that other tests use too."""

    def __init__(self, endpoint: str, table: str, email: str) -> None:
        identities = DynamoIdentities(IdentityTable(table, endpoint))
        self.accounts = AccountService(identities, FakePasswords(), SignedAccessTokens(keys_of("s" * 64)))
        self.user = self.accounts.register(email=email, password=PASSWORD).user
        self._client, self._table = boto3.client("dynamodb", endpoint_url=endpoint), table

    def login(self) -> Grant:
        return self.accounts.login(email=self.user.email, password=PASSWORD)

    def refreshed(self, token: str) -> Grant | None:
        """The new tokens, or None if the token is refused."""
        try:
            return self.accounts.refresh(token)
        except Unauthenticated:
            return None

    def is_stored(self, token: str) -> bool:
        key = {"pk": {"S": f"SESSION#{token.partition('.')[0]}"}, "sk": {"S": "SESSION"}}
        return "Item" in self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)


@pytest.fixture(params=TABLE_STORES)
def world(request: pytest.FixtureRequest) -> World:
    email = f"{request.node.name}.{EMAIL}".replace("[", ".").replace("]", "")
    if request.param == "moto":
        aws = request.getfixturevalue("aws")
        table = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
        return World(aws.endpoint, table, email)
    found: Tables = request.getfixturevalue("tables_of")(request.param)
    return World(found.endpoint, found.identity, email)


def test_of_eight_refreshes_at_once_at_most_one_lives_on(world: World) -> None:
    """The losers have shown a used token, so they end the session, and its other sessions stay."""
    bystander = world.login()
    for _ in range(ROUNDS):
        token, start = world.login().refresh_token, threading.Barrier(AT_ONCE)

        def refresh(_: int, token: str = token, start: threading.Barrier = start) -> Grant | None:
            start.wait()
            return world.refreshed(token)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            winners = [grant for grant in pool.map(refresh, range(AT_ONCE)) if grant]

        assert len(winners) <= 1
        assert not world.is_stored(token)
        assert [world.refreshed(grant.refresh_token) for grant in winners] == [None] * len(winners)
    assert world.refreshed(bystander.refresh_token)


def test_a_reused_token_ends_its_session_at_once(world: World) -> None:
    for _ in range(ROUNDS):
        first = world.login().refresh_token
        second = world.refreshed(first)
        assert second
        assert world.refreshed(first) is None
        assert not world.is_stored(first)
        assert world.refreshed(second.refresh_token) is None
