"""The registry's ports: its services in memory, on DynamoDB as moto and DynamoDB Local play it, and over gRPC."""

from collections.abc import AsyncIterator

import pytest

from functions.registry.repository import DynamoRepository
from functions.registry.table import Table, connect
from maas.adapters.registry import GrpcRegistry
from maas.services.ports import Registry
from tests.aws import Aws
from tests.dynamodb_local import DynamoDbLocal
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.repository import MemoryRepository
from tests.registry import KEYS, serving


@pytest.fixture(params=["memory", "moto", "dynamodb_local", "grpc"])
async def registry(request: pytest.FixtureRequest) -> AsyncIterator[Registry]:
    if request.param == "memory":
        yield fake_registry()
    elif request.param == "moto":
        aws: Aws = request.getfixturevalue("aws")
        yield on_dynamodb(aws.application.containers[0].environment["MAAS_REGISTRY_TABLE"], aws.endpoint)
    elif request.param == "dynamodb_local":
        found: DynamoDbLocal = request.getfixturevalue("dynamodb_local")
        yield on_dynamodb(found.table, found.endpoint)
    else:
        async with serving(MemoryRepository()) as address:
            client = GrpcRegistry(address, KEYS)
            yield client
            await client.close()


def on_dynamodb(table: str, endpoint: str) -> Registry:
    return FakeRegistry(DynamoRepository(Table(table, connect(endpoint))))
