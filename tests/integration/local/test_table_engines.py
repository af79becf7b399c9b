"""The table engines as the tests and the local stack start them."""

import socket
from collections.abc import Callable

import boto3
import pytest

from local.servers.table_stores import ENGINES, Engine
from tests.support.table_engines import Tables


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tables_of: Callable[[Engine], Tables]) -> Tables:
    return tables_of(request.param)


def test_it_listens_only_on_127_0_0_1(engine: Tables) -> None:
    port = int(engine.endpoint.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5), socket.socket() as other:
        other.settimeout(1)
        assert other.connect_ex(("127.0.0.2", port)) != 0  # also an address of this machine


def test_the_registry_table_has_the_indexes_and_ttl_of_the_template(engine: Tables) -> None:
    client = boto3.client("dynamodb", endpoint_url=engine.endpoint)
    table = client.describe_table(TableName=engine.table)["Table"]
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} >= {"tenant_time", "shard_time"}
    expiry = client.describe_time_to_live(TableName=engine.table)["TimeToLiveDescription"]
    assert expiry["AttributeName"] == "expires"
