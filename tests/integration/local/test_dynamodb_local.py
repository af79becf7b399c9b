"""DynamoDB Local as the tests start it."""

import socket

import boto3

from tests.support.dynamodb_local import DynamoDbLocal


def test_it_listens_only_on_127_0_0_1(dynamodb_local: DynamoDbLocal) -> None:
    port = int(dynamodb_local.endpoint.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5), socket.socket() as other:
        other.settimeout(1)
        assert other.connect_ex(("127.0.0.2", port)) != 0  # also an address of this machine


def test_the_registry_table_has_the_indexes_and_ttl_of_the_template(dynamodb_local: DynamoDbLocal) -> None:
    client = boto3.client("dynamodb", endpoint_url=dynamodb_local.endpoint)
    table = client.describe_table(TableName=dynamodb_local.table)["Table"]
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} >= {"tenant_time", "shard_time"}
    expiry = client.describe_time_to_live(TableName=dynamodb_local.table)["TimeToLiveDescription"]
    assert expiry["AttributeName"] == "expires"
