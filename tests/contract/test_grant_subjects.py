"""The subjects of grants, as the registry finds them in the identity table."""

from datetime import UTC, datetime

import boto3
import pytest

from functions.registry.store.client import Table
from functions.registry.store.identity_reader import IdentityReader
from maas.adapters.aws.identity.keys import DynamoApiKeys
from maas.adapters.aws.identity.service_accounts import DynamoServiceAccounts
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.api_keys import ApiKey, KeySecret
from maas.domain.identity.grants import SubjectKind
from maas.domain.identity.principals import Role, Scope
from maas.domain.ids import new_id
from tests.support.aws import Aws
from tests.support.identity_stores import in_table, person
from tests.support.table_engines import TABLE_STORES, Tables

Place = tuple[str, str]


@pytest.fixture(params=TABLE_STORES)
def place(request: pytest.FixtureRequest) -> Place:
    """Endpoint and name of an identity table."""
    if request.param == "moto":
        aws: Aws = request.getfixturevalue("aws")
        return aws.endpoint, aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
    found: Tables = request.getfixturevalue("tables_of")(request.param)
    return found.endpoint, found.identity


@pytest.fixture
def reader(place: Place) -> IdentityReader:
    endpoint, name = place
    return IdentityReader(Table(name, boto3.client("dynamodb", endpoint_url=endpoint)))


def _key(of: User) -> ApiKey:
    secret = KeySecret.fresh()
    return ApiKey(
        id=secret.key_id,
        tenant_id=of.tenant_id,
        user_id=of.id,
        name="ci",
        scopes=frozenset({Scope.MODELS_READ}),
        digest=secret.digest,
        created_by=of.id,
        created_at=datetime.now(UTC),
    )


async def test_each_kind_of_subject_is_found_in_its_organization_alone(place: Place, reader: IdentityReader) -> None:
    endpoint, name = place
    table = IdentityTable(name, endpoint)
    user = in_table(endpoint, name).founder()
    account = User(
        id=new_id(),
        tenant_id=user.tenant_id,
        email="",
        name="ci",
        roles=frozenset({Role.INVOKER}),
        created_at=datetime.now(UTC),
        kind=MemberKind.SERVICE,
    )
    DynamoServiceAccounts(table).add(account, 10)
    DynamoApiKeys(table).add(key := _key(user), 10)
    subjects = {SubjectKind.USER: user.id, SubjectKind.SERVICE_ACCOUNT: account.id, SubjectKind.KEY: key.id}
    for kind, subject in subjects.items():
        found = {other: await reader.knows(other, user.tenant_id, subject) for other in subjects}
        assert found == {other: other is kind for other in subjects}
        assert not await reader.knows(kind, person(new_id()).tenant_id, subject)
