"""Access tokens and API keys of other services, over gRPC: the fixed contract, with the rights of their members."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from functions.registry.server.credentials import Credentials
from functions.registry.server.standings import Standings
from functions.registry.store.client import Table, connect
from functions.registry.store.identity_reader import IdentityReader
from functions.registry.store.key_records import KeyRecords
from maas.adapters.aws.identity.keys import DynamoApiKeys
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.catalog.models import ModelFilter, WantedPage
from maas.domain.errors import PermissionDenied
from maas.domain.identity.accounts import Session, User
from maas.domain.identity.api_keys import ApiKey, KeySecret
from maas.domain.identity.credentials import SESSION, credential_of
from maas.domain.identity.principals import VALIDATOR, Principal, Role, Scope, possible_scopes
from maas.domain.ids import new_id
from maas.platform import trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.security import tokens
from maas.security.tokens import Key, sign
from maas.wire.identity import accounts as items
from tests.fakes.repository import MemoryRepository
from tests.support.api_keys import a_key
from tests.support.aws import Aws
from tests.support.grpc_errors import GET_MODEL, reason
from tests.support.identity_stores import in_table
from tests.support.older_contract import OlderClient
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEYS, broken_field, serving, signed
from tests.support.signing_keys import keys_of

ACCESS_SECRET = "a token secret of at least thirty-two characters"
ACCESS_KEY = Key.derive(ACCESS_SECRET)
LIMIT = 99


@dataclass
class _World:
    """A registry over the identity table, and a developer of an organization."""

    address: str
    identity: IdentityTable
    keys: DynamoApiKeys
    user: User

    def key(self, **changes: Any) -> tuple[ApiKey, KeySecret]:
        """Stores a key of the developer."""
        secret = KeySecret.fresh()
        key = replace(a_key(self.user, secret=secret), **changes)
        self.keys.add(key, LIMIT)
        return key, secret

    def token(self, **changes: Any) -> str:
        """An access token of a new session of the developer."""
        scopes = possible_scopes(self.user.roles)
        session = Session(
            id=new_id(),
            tenant_id=self.user.tenant_id,
            user_id=self.user.id,
            scopes=scopes,
            expires_at=datetime.now(UTC) + timedelta(days=1),
            digest="digest",
        )
        self.identity.dynamo.put(items.session_item(session))
        by = Principal(self.user.id, self.user.tenant_id, self.user.roles, scopes, credential_of(SESSION, session.id))
        return sign(ACCESS_KEY, tokens.ACCESS, replace(by, **changes))

    async def call(self, credential: object, method: str = "ListModels", **fields: Any) -> Any:
        async with grpc.aio.insecure_channel(self.address) as channel:
            return await OlderClient(channel, str(credential))(method, **fields)

    async def refused(self, credential: object, method: str = "ListModels", **fields: Any) -> tuple[Any, str]:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await self.call(credential, method, **fields)
        return error.value.code(), reason(error.value)

    async def refused_within(self, seconds: float, credential: object) -> tuple[Any, str]:
        """The first refusal of calls without a pause. Fails if one is accepted after so many seconds."""
        began = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - began < seconds:
            try:
                await self.call(credential)
            except grpc.aio.AioRpcError as error:
                return error.code(), reason(error)
            await asyncio.sleep(0.05)
        raise AssertionError(f"calls were accepted for {seconds} s")


@pytest.fixture
async def world(aws: Aws) -> AsyncIterator[_World]:
    name = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
    client = connect(aws.endpoint)
    table = Table(name, client)
    registry = Table(aws.application.containers[0].environment["MAAS_REGISTRY_TABLE"], client)
    people = in_table(aws.endpoint, name)
    user = people.colleague(people.founder(), Role.DEVELOPER)
    current = Standings(IdentityReader(table, registry)).current
    credentials = Credentials(KEYS, keys_of(ACCESS_SECRET), KeyRecords(table))
    identity = IdentityTable(name, aws.endpoint)
    async with serving(MemoryRepository(), current=current, credentials=credentials) as address:
        yield _World(address, identity, DynamoApiKeys(identity), user)


UNAUTHENTICATED = (grpc.StatusCode.UNAUTHENTICATED, "unauthenticated")


async def test_a_key_and_an_access_token_have_the_rights_of_their_member(world: _World) -> None:
    _, secret = world.key()
    made = (await world.call(secret, "CreateModel", name="iris", framework="onnx")).model
    assert (made.tenant_id, made.owner_id) == (world.user.tenant_id, world.user.id)
    for credential in (secret, world.token()):
        assert [model.id for model in (await world.call(credential)).models] == [made.id]


async def test_the_scopes_of_a_key_limit_it(world: _World) -> None:
    _, secret = world.key(scopes=frozenset({Scope.MODELS_READ}))
    await world.call(secret)
    refused = await world.refused(secret, "CreateModel", name="iris", framework="onnx")
    assert refused == (grpc.StatusCode.PERMISSION_DENIED, "permission_denied")


async def test_another_tenant_can_t_be_named(world: _World) -> None:
    _, secret = world.key()
    for credential in (secret, world.token()):
        refused = await world.refused(credential, tenant_id=new_id())
        assert refused == (grpc.StatusCode.PERMISSION_DENIED, "permission_denied")


@pytest.mark.parametrize("kind", ["key", "token"])
async def test_only_the_functions_call_the_other_service(world: _World, kind: str) -> None:
    """Its callers choose keys of storage, so it would give every file to everybody."""
    credential = str(world.key()[1]) if kind == "key" else world.token()
    async with grpc.aio.insecure_channel(world.address) as channel:
        call: Any = channel.unary_unary(GET_MODEL)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call(b"", metadata=[("authorization", f"Bearer {credential}")])
    assert (error.value.code(), reason(error.value)) == (grpc.StatusCode.PERMISSION_DENIED, "permission_denied")


async def test_a_bad_credential_is_unauthenticated(world: _World) -> None:
    key, secret = world.key()
    expired, old = world.key(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    for credential in (
        f"{secret}x",
        KeySecret.fresh(),
        KeySecret.fresh(key.id),
        old,
        signed(Principal(world.user.id, world.user.tenant_id, frozenset(), frozenset())).removeprefix("Bearer ")[:-2],
        sign(KEYS.signing_key(), tokens.ACCESS, Principal("a", "b", frozenset(), frozenset())),
        sign(ACCESS_KEY, tokens.SERVICE, Principal("a", "b", frozenset(), frozenset())),
        world.token(subject=VALIDATOR),
    ):
        assert await world.refused(credential) == UNAUTHENTICATED
    assert expired.id == old.key_id


async def test_an_expired_access_token_has_its_own_reason(world: _World) -> None:
    by = Principal(world.user.id, world.user.tenant_id, frozenset(), frozenset())
    refused = await world.refused(sign(ACCESS_KEY, tokens.ACCESS, by, now=0))
    assert refused == (grpc.StatusCode.UNAUTHENTICATED, "token_expired")


def _revoked(world: _World, key: ApiKey) -> None:
    assert world.keys.remove(key)


def _rotated(world: _World, key: ApiKey) -> None:
    assert world.keys.rotate(key, key.rotated(KeySecret.fresh(key.id), datetime.now(UTC)))


def _disabled(world: _World, _: ApiKey) -> None:
    world.identity.dynamo.put(items.user_item(replace(world.user, disabled=True)))


@pytest.mark.parametrize("end", [_revoked, _rotated, _disabled])
async def test_the_access_of_a_key_ends_within_five_seconds(
    world: _World, end: Callable[[_World, ApiKey], None]
) -> None:
    key, secret = world.key()
    await world.call(secret)
    end(world, key)
    assert await world.refused_within(5, secret) == UNAUTHENTICATED


async def test_a_key_is_refused_from_another_network(world: _World) -> None:
    _, here = world.key(networks=("127.0.0.0/8",))
    _, elsewhere = world.key(networks=("192.0.2.0/24", "::1/128"))
    await world.call(here)
    assert await world.refused(elsewhere) == (grpc.StatusCode.PERMISSION_DENIED, "permission_denied")


def _narrowed(world: _World, key: ApiKey) -> None:
    world.keys.change(key, replace(key, networks=("192.0.2.0/24",)))


async def test_the_networks_of_a_key_are_those_of_its_record(world: _World) -> None:
    key, secret = world.key(networks=("127.0.0.0/8",))
    await world.call(secret)
    _narrowed(world, key)
    assert await world.refused_within(5, secret) == (grpc.StatusCode.PERMISSION_DENIED, "permission_denied")


@pytest.mark.parametrize(("address", "accepted"), [("192.0.2.7", True), ("127.0.0.1", False), ("", False)])
async def test_our_functions_name_the_address_of_their_caller(world: _World, address: str, accepted: bool) -> None:
    key, secret = world.key(networks=("192.0.2.0/24",))
    by = Principal(world.user.id, world.user.tenant_id, frozenset(), key.scopes, secret.credential)
    request = CURRENT.set(RequestContext(trace.continued(""), source_address=address))
    registry = GrpcRegistry(world.address, KEYS)
    try:
        if accepted:
            assert (await registry.list_models(by, ModelFilter(), WantedPage(limit=5))).items == ()
            return
        with pytest.raises(PermissionDenied) as error:
            await registry.list_models(by, ModelFilter(), WantedPage(limit=5))
        assert broken_field(error) == ("authorization", "source")
    finally:
        CURRENT.reset(request)
        await registry.close()


async def test_an_outsider_names_no_address(world: _World) -> None:
    _, secret = world.key(networks=("192.0.2.0/24",))
    metadata = (("authorization", f"Bearer {secret}"), ("x-source-address", "192.0.2.7"))
    async with grpc.aio.insecure_channel(world.address) as channel:
        call: Any = channel.unary_unary("/model.ModelService/ListModels")
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call(b"", metadata=metadata)
    assert error.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_key_for_one_model_sees_no_other(world: _World) -> None:
    iris, wine = [
        (await world.call(world.token(), "CreateModel", name=name, framework="onnx")).model.id
        for name in ("iris", "wine")
    ]
    _, secret = world.key(models={iris: ""})
    assert (await world.call(secret, "GetModel", id=iris)).model.id == iris
    assert await world.refused(secret, "GetModel", id=wine) == (grpc.StatusCode.NOT_FOUND, "not_found")


async def test_the_use_of_a_key_is_noted(world: _World) -> None:
    key, secret = world.key()
    await world.call(secret)
    for _ in range(100):
        stored = world.keys.key(key.id)
        if stored and stored.last_used_at:
            break
        await asyncio.sleep(0.05)
    assert stored is not None
    assert (stored.last_used_from, stored.last_used_at is None) == ("127.0.0.1", False)
