"""The registry's ports: its services in memory, on DynamoDB as DynamoDB Local or else moto plays it, and over gRPC."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import boto3
import pytest

from functions.registry.ports import Repository
from functions.registry.repository import DynamoRepository
from functions.registry.table import Table
from local import tools
from maas.adapters.registry import GrpcRegistry
from maas.services.ports import Registry
from tests.aws import Aws
from tests.dynamodb_local import DynamoDbLocal
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.registry import KEYS, serving

# The end-to-end tests meet moto; here it would only be a second, less exact one.
DYNAMODB = "dynamodb_local" if tools.find("dynamodb-local") else "moto"


@pytest.fixture(params=["memory", DYNAMODB, "grpc"])
async def registry(request: pytest.FixtureRequest) -> AsyncIterator[Registry]:
    if request.param != "grpc":
        with _store(request) as store:
            yield FakeRegistry(store)
        return
    async with serving(MemoryRepository()) as address:
        client = GrpcRegistry(address, KEYS)
        yield client
        await client.close()


@pytest.fixture(params=["memory", DYNAMODB])
def store(request: pytest.FixtureRequest) -> Iterator[Repository]:
    """The registry's own store."""
    with _store(request) as found:
        yield found


@contextmanager
def _store(request: pytest.FixtureRequest) -> Iterator[Repository]:
    if request.param == "memory":
        yield MemoryRepository()
    elif request.param == "moto":
        aws: Aws = request.getfixturevalue("aws")
        with aws.empty_registry_table() as table:
            yield _on_dynamodb(table, aws.endpoint)
    else:
        found: DynamoDbLocal = request.getfixturevalue("dynamodb_local")
        yield _on_dynamodb(found.table, found.endpoint)


def _on_dynamodb(table: str, endpoint: str) -> Repository:
    """Its client is patient: a busy machine is slow, and moto does not know a transaction that is sent again."""
    return DynamoRepository(Table(table, boto3.client("dynamodb", endpoint_url=endpoint)))
