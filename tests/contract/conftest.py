"""The registry's ports: its services in memory, the same on DynamoDB, and the functions' client over gRPC."""

from collections.abc import AsyncIterator

import pytest

from functions.registry.repository import DynamoRepository
from functions.registry.table import Table, connect
from maas.adapters.registry import GrpcRegistry
from maas.services.ports import Registry
from tests.aws import Aws
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.repository import MemoryRepository
from tests.registry import KEYS, serving


@pytest.fixture(params=["memory", "dynamodb", "grpc"])
async def registry(request: pytest.FixtureRequest) -> AsyncIterator[Registry]:
    if request.param == "memory":
        yield fake_registry()
    elif request.param == "dynamodb":
        aws: Aws = request.getfixturevalue("aws")
        table = aws.application.containers[0].environment["MAAS_REGISTRY_TABLE"]
        yield FakeRegistry(DynamoRepository(Table(table, connect(aws.endpoint))))
    else:
        async with serving(MemoryRepository()) as address:
            client = GrpcRegistry(address, KEYS)
            yield client
            await client.close()
