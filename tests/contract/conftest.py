"""The implementations of the registry's ports, and S3 servers that each have a bucket.

The registry runs over a store in memory, over DynamoDB as the local stack has it, and behind gRPC.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import MappingProxyType

import boto3
import pytest

from functions.registry.ports import Repository
from functions.registry.store.client import Table
from functions.registry.store.repository import DynamoRepository
from maas.domain.identity.accounts import User
from maas.domain.quotas import Quota
from maas.services.ports.registry import Registry
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.aws import Aws, moto_endpoint
from tests.support.buckets import make_bucket
from tests.support.identity_stores import IdentityStore, in_memory, in_table
from tests.support.minio_server import minio_server
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEYS, serving
from tests.support.table_engines import TABLE_STORES, Tables

StoreWith = Callable[[Mapping[Quota, int]], Repository]


@pytest.fixture(params=["memory", *TABLE_STORES, "grpc"])
async def registry(request: pytest.FixtureRequest) -> AsyncIterator[Registry]:
    if request.param != "grpc":
        with _store(request) as store:
            yield FakeRegistry(store)
        return
    async with serving(MemoryRepository()) as address:
        client = GrpcRegistry(address, KEYS)
        yield client
        await client.close()


@pytest.fixture(params=["memory", *TABLE_STORES])
def store(request: pytest.FixtureRequest) -> Iterator[Repository]:
    """The store below the registry's services."""
    with _store(request) as found:
        yield found


@pytest.fixture(params=["memory", *TABLE_STORES])
def store_with(request: pytest.FixtureRequest) -> Iterator[StoreWith]:
    """Makes the store below the registry's services, with quotas."""
    with ExitStack() as stores:
        yield lambda limits: stores.enter_context(_store(request, limits))


@pytest.fixture(params=["memory", *TABLE_STORES])
def people(request: pytest.FixtureRequest) -> IdentityStore:
    """Accounts, members and invitations."""
    if request.param == "memory":
        return in_memory()
    if request.param == "moto":
        aws = request.getfixturevalue("aws")
        table = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
        return in_table(aws.endpoint, table)
    found: Tables = request.getfixturevalue("tables_of")(request.param)
    return in_table(found.endpoint, found.identity)


@pytest.fixture
def ada(people: IdentityStore) -> User:
    """The founder of an organization."""
    return people.founder()


@pytest.fixture(scope="session")
def moto_s3(credentials: None) -> Iterator[str]:
    with moto_endpoint() as endpoint:
        make_bucket(endpoint)
        yield endpoint


@pytest.fixture(scope="session")
def minio_s3(credentials: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with minio_server(tmp_path_factory.mktemp("minio")) as endpoint:
        make_bucket(endpoint)
        yield endpoint


@contextmanager
def _store(request: pytest.FixtureRequest, limits: Mapping[Quota, int] = MappingProxyType({})) -> Iterator[Repository]:
    if request.param == "memory":
        yield MemoryRepository(limits)
    elif request.param == "moto":
        aws: Aws = request.getfixturevalue("aws")
        with aws.empty_registry_table() as table:
            yield _on_dynamodb(table, aws.endpoint, limits)
    else:
        found: Tables = request.getfixturevalue("tables_of")(request.param)
        yield _on_dynamodb(found.table, found.endpoint, limits)


def _on_dynamodb(table: str, endpoint: str, limits: Mapping[Quota, int]) -> Repository:
    """Returns a repository with boto3's default timeouts, because these tests share a busy machine."""
    return DynamoRepository(Table(table, boto3.client("dynamodb", endpoint_url=endpoint)), limits=limits)
