"""A table that commits a transaction and loses the answer: its repeat is the caller's own write, and a success."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import grpc
import pytest

from functions.registry.store.client import Table, connect
from functions.registry.store.repository import DynamoRepository
from local.servers.table_stores import ENGINES
from maas.adapters.aws.identity.accounts import DynamoIdentities
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.catalog.models import ModelFilter, WantedPage
from maas.domain.errors import AlreadyExists
from maas.domain.identity.accounts import Organization, User
from maas.domain.identity.principals import Role, validator
from maas.domain.ids import new_id
from tests.fakes.registry import FakeRegistry
from tests.support.aws import Aws
from tests.support.forgetful_table import ForgetfulTable, forgetful_table
from tests.support.good_messages import GOOD, OF_CONTENTS
from tests.support.registry_server import make_model, person, serving, signed
from tests.support.table_engines import Tables

WRITES = [method for method in GOOD if not method.rpartition("/")[2].startswith(("Get", "List", *OF_CONTENTS))]
SLOW = 2.6  # seconds, longer than the registry waits


@pytest.fixture
def table(aws: Aws) -> Iterator[ForgetfulTable]:
    with forgetful_table(aws.endpoint) as found:
        yield found


@pytest.fixture
def repository(aws: Aws, table: ForgetfulTable) -> Iterator[DynamoRepository]:
    with aws.empty_registry_table() as name:
        yield DynamoRepository(Table(name, connect(table.endpoint)))


@pytest.mark.parametrize("tokens", [True, False], ids=["by-token", "by-content"])
@pytest.mark.parametrize("method", WRITES)
async def test_a_write_whose_answer_is_lost_succeeds(
    method: str, tokens: bool, table: ForgetfulTable, repository: DynamoRepository
) -> None:
    by = person("", Role.ADMIN)
    request = await GOOD[method](FakeRegistry(repository), by)
    caller = validator(by.tenant_id) if method.endswith("RecordValidation") else by
    table.lose, table.tokens, sent = 1, tokens, table.sent

    async with serving(repository) as address, grpc.aio.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(method)
        await call(request.SerializeToString(), metadata=[("authorization", signed(caller))], timeout=20)

    assert table.lose == 0
    # A validation records its contents too.
    assert table.sent - sent > 2 if method.endswith("RecordValidation") else table.sent - sent == 2


async def test_a_table_that_answers_late_does_not_refuse_its_own_write(
    table: ForgetfulTable, repository: DynamoRepository
) -> None:
    table.lose, table.delay = 1, SLOW
    model = await make_model(FakeRegistry(repository), person())
    assert await repository.model(model.id) == model
    assert table.sent == 2


@pytest.mark.parametrize("tokens", [True, False])
async def test_a_name_taken_by_another_stays_taken(
    tokens: bool, table: ForgetfulTable, repository: DynamoRepository
) -> None:
    registry, by = FakeRegistry(repository), person()
    await make_model(registry, by)
    table.lose, table.tokens = 1, tokens
    with pytest.raises(AlreadyExists):
        await make_model(registry, by)
    assert (await registry.list_models(by, ModelFilter(), WantedPage(limit=10))).total == 1


@pytest.mark.parametrize("tokens", [True, False], ids=["by-token", "by-content"])
def test_a_registration_whose_answer_is_lost_succeeds(tokens: bool, aws: Aws, table: ForgetfulTable) -> None:
    name = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
    identities, email = DynamoIdentities(IdentityTable(name, table.endpoint)), f"{new_id()}@example.com"
    table.lose, table.tokens = 1, tokens
    organization, user = _account(email)
    identities.add(organization, user, "a salted hash")
    assert table.sent == 2
    with pytest.raises(AlreadyExists):
        identities.add(*_account(email), "another salted hash")


def _account(email: str) -> tuple[Organization, User]:
    organization = Organization(id=new_id(), name="Acme", created_at=datetime.now(UTC))
    founder = User(
        id=new_id(),
        tenant_id=organization.id,
        email=email,
        name="Ada",
        roles=frozenset({Role.ADMIN}),
        created_at=datetime.now(UTC),
    )
    return organization, founder


@pytest.mark.parametrize("kind", ["moto", *ENGINES])
def test_a_table_store_answers_a_repeated_token_like_the_first(kind: str, request: pytest.FixtureRequest) -> None:
    if kind == "moto":
        aws: Aws = request.getfixturevalue("aws")
        declared = aws.application.containers[0].environment
        found = Tables(aws.endpoint, declared["MAAS_REGISTRY_TABLE"], declared["MAAS_IDENTITY_TABLE"])
    else:
        found = request.getfixturevalue("tables_of")(kind)
    client = boto3.client("dynamodb", endpoint_url=found.endpoint)
    key, same = {"pk": {"S": new_id()}, "sk": {"S": "b"}}, new_id()
    put: Any = {"Put": {"TableName": found.table, "Item": key, "ConditionExpression": "attribute_not_exists(pk)"}}
    client.transact_write_items(TransactItems=[put], ClientRequestToken=same)
    client.transact_write_items(TransactItems=[put], ClientRequestToken=same)
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=[put], ClientRequestToken=new_id())
