"""Every implementation of the Attempts port: counts are atomic, and names are stored as digests."""

from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from maas.adapters.aws.identity.attempts import DynamoAttempts
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.identity.attempts import Tally
from maas.domain.ids import new_id
from maas.services.ports.attempts import Attempts
from tests.fakes.attempts import FakeAttempts
from tests.support.aws import Aws
from tests.support.table_engines import TABLE_STORES, Tables

LATER = 4_000_000_000


def _place(request: pytest.FixtureRequest, kind: str) -> tuple[str, str]:
    """Endpoint and name of an identity table."""
    if kind == "moto":
        aws: Aws = request.getfixturevalue("aws")
        return aws.endpoint, aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
    found: Tables = request.getfixturevalue("tables_of")(kind)
    return found.endpoint, found.identity


@pytest.fixture(params=["memory", *TABLE_STORES])
def attempts(request: pytest.FixtureRequest) -> Attempts:
    if request.param == "memory":
        return FakeAttempts()
    endpoint, name = _place(request, request.param)
    return DynamoAttempts(IdentityTable(name, endpoint))


@pytest.fixture
def name() -> str:
    return f"sign-ins to {new_id()}@example.com"


def test_counts_are_read_in_the_order_of_their_names(attempts: Attempts, name: str) -> None:
    assert attempts.count(name, 7, LATER) == Tally({7: 1})
    assert attempts.count(name, 7, LATER) == Tally({7: 2})
    assert attempts.count(name, 8, LATER) == Tally({7: 2, 8: 1})
    assert attempts.read(["absent", name]) == [Tally(), Tally({7: 2, 8: 1})]


def test_parts_that_do_not_matter_are_dropped(attempts: Attempts, name: str) -> None:
    for part in (1, 2, 3):
        attempts.count(name, part, LATER)
    assert attempts.count(name, 3, LATER, dropped=[1, 2, 3]) == Tally({3: 2})
    assert attempts.count(name, 4, LATER, dropped=[1]) == Tally({3: 2, 4: 1})


def test_a_sign_in_is_remembered_beside_the_counts(attempts: Attempts, name: str) -> None:
    assert attempts.remember(name, 99, LATER) == Tally({}, 99)
    assert attempts.count(name, 7, LATER) == Tally({7: 1}, 99)
    assert attempts.remember(name, 100, LATER) == Tally({7: 1}, 100)


def test_counts_at_once_are_all_kept(attempts: Attempts, name: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: attempts.count(name, 7, LATER).counts[7], range(40)))
    assert sorted(seen) == list(range(1, 41))


def test_a_table_has_digests_and_no_address(request: pytest.FixtureRequest, name: str) -> None:
    endpoint, table = _place(request, TABLE_STORES[0])
    DynamoAttempts(IdentityTable(table, endpoint)).count(name, 7, LATER)
    items = boto3.resource("dynamodb", endpoint_url=endpoint).Table(table).scan()["Items"]
    found = [item for item in items if item["sk"] == "ATTEMPTS" and item["expires"] == LATER]
    assert found
    assert "@example.com" not in str(found)
