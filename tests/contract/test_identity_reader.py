"""Callers with their grants, and the subjects of grants, as the registry finds them in both tables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from functions.registry.store.client import Table
from functions.registry.store.identity_reader import IdentityReader
from functions.registry.store.repository import DynamoRepository
from maas.adapters.aws.identity.keys import DynamoApiKeys
from maas.adapters.aws.identity.service_accounts import DynamoServiceAccounts
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.errors import Unauthenticated
from maas.domain.identity.accounts import MemberKind, User
from maas.domain.identity.api_keys import ApiKey, KeySecret
from maas.domain.identity.grants import SubjectKind, WantedGrant
from maas.domain.identity.principals import Principal, Role, Scope, possible_scopes
from maas.domain.ids import new_id
from tests.fakes.registry import FakeRegistry
from tests.support.aws import Aws
from tests.support.identity_stores import in_table, person
from tests.support.registry_server import make_model
from tests.support.registry_server import person as other
from tests.support.table_engines import TABLE_STORES, Tables


@pytest.fixture(params=TABLE_STORES)
def tables(request: pytest.FixtureRequest) -> Iterator[Tables]:
    if request.param != "moto":
        yield request.getfixturevalue("tables_of")(request.param)
        return
    aws: Aws = request.getfixturevalue("aws")
    with aws.empty_registry_table() as table:
        identity = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
        yield Tables(aws.endpoint, table, identity)


@pytest.fixture
def registry(tables: Tables) -> Table:
    return Table(tables.table, boto3.client("dynamodb", endpoint_url=tables.endpoint))


@pytest.fixture
def reader(tables: Tables, registry: Table) -> IdentityReader:
    return IdentityReader(Table(tables.identity, boto3.client("dynamodb", endpoint_url=tables.endpoint)), registry)


@pytest.fixture
def user(tables: Tables) -> User:
    return in_table(tables.endpoint, tables.identity).founder()


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


def _caller(user: User, credential: str = "") -> Principal:
    return Principal(user.id, user.tenant_id, user.roles, possible_scopes(user.roles), credential)


async def test_a_caller_has_the_grants_of_its_user_its_organization_and_its_key(
    tables: Tables, registry: Table, reader: IdentityReader, user: User
) -> None:
    grants, admin = FakeRegistry(DynamoRepository(registry)), other("", Role.ADMIN)
    models = [(await make_model(grants, admin, f"model {number}")).id for number in range(3)]
    DynamoApiKeys(IdentityTable(tables.identity, tables.endpoint)).add(key := _key(user), 10)
    for model, kind, subject, role in (
        (models[0], "user", user.id, "viewer"),
        (models[0], "organization", user.tenant_id, "invoker"),
        (models[1], "organization", user.tenant_id, "developer"),
        (models[2], "key", key.id, "viewer"),
    ):
        await grants.set_grant(admin, model, WantedGrant(subject, kind, role))
    expected = {models[0]: {Role.VIEWER, Role.INVOKER}, models[1]: {Role.DEVELOPER}}
    assert (await reader.current(_caller(user))).grants == expected
    by_key = await reader.current(_caller(user, f"key/{key.id}"))
    assert by_key.grants == {**expected, models[2]: {Role.VIEWER}}
    assert by_key.scopes == key.scopes


async def test_the_id_of_a_caller_or_key_gets_nothing_as_an_organization(
    tables: Tables, registry: Table, reader: IdentityReader, user: User
) -> None:
    grants, admin = FakeRegistry(DynamoRepository(registry)), other("", Role.ADMIN)
    model = await make_model(grants, admin)
    DynamoApiKeys(IdentityTable(tables.identity, tables.endpoint)).add(key := _key(user), 10)
    await grants.set_grant(admin, model.id, WantedGrant(user.id, "organization", "viewer"))
    earlier = {"pk": f"GRANTS#{user.id}", "sk": "GRANTS", model.id: "viewer"}
    boto3.resource("dynamodb", endpoint_url=tables.endpoint).Table(tables.table).put_item(Item=earlier)
    assert (await reader.current(_caller(user, f"key/{key.id}"))).grants == {}


async def test_a_deleted_user_has_no_grants_to_use(reader: IdentityReader, user: User) -> None:
    assert (await reader.current(_caller(user))).grants == {}
    with pytest.raises(Unauthenticated):
        await reader.current(_caller(replace(user, id=new_id())))


async def test_each_kind_of_subject_is_found_in_its_organization_alone(
    tables: Tables, reader: IdentityReader, user: User
) -> None:
    table = IdentityTable(tables.identity, tables.endpoint)
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
        found = {other: await reader.knows(user.tenant_id, {subject: other}) for other in subjects}
        assert found == {other: {subject} if other is kind else set() for other in subjects}
        assert not await reader.knows(person(new_id()).tenant_id, {subject: kind})
    by_id = {subject: kind for kind, subject in subjects.items()}
    assert await reader.knows(user.tenant_id, {**by_id, new_id(): SubjectKind.USER}) == set(by_id)


async def test_it_counts_what_of_an_organization_has_a_quota(
    tables: Tables, reader: IdentityReader, user: User
) -> None:
    store = in_table(tables.endpoint, tables.identity)
    identity = IdentityTable(tables.identity, tables.endpoint)
    keys, accounts = DynamoApiKeys(identity), DynamoServiceAccounts(identity)
    viewer = store.colleague(user, Role.VIEWER)
    accounts.add(replace(user, id=new_id(), kind=MemberKind.SERVICE, email=""), 100)
    for _ in range(3):
        keys.add(_key(user), 200)
    gone = _key(user)
    keys.add(gone, 200)
    keys.remove(gone)
    for hours in (-1, 1):
        expires_at = datetime.now(UTC) + timedelta(hours=hours)
        store.invitations.add(replace(store.invitation(user), expires_at=expires_at))
        store.invitations.add(replace(store.invitation(viewer), expires_at=expires_at))
    found = {str(usage.quota): (usage.limit, usage.use) for usage in await reader.usage(user.tenant_id)}
    assert found == {
        "api_keys": (200, 3),
        "service_accounts": (100, 1),
        "trusted_issuers": (50, 0),
        "webhooks": (20, 0),
        "invitations": (200, 1),
        "members": (1000, 2),
    }


async def test_another_organization_is_not_counted(tables: Tables, reader: IdentityReader, user: User) -> None:
    stranger = in_table(tables.endpoint, tables.identity).founder()
    assert [usage.use for usage in await reader.usage(stranger.tenant_id)] == [0, 0, 0, 0, 0, 1]
