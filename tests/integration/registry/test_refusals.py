"""Refusals over gRPC: those of callers from outside are observed, with the address of the peer."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from functions.registry.server.credentials import Credentials
from functions.registry.server.refusals import Refusals, object_of
from functions.registry.store.client import Table, connect
from functions.registry.store.key_records import KeyRecords
from functions.registry.store.observation_log import Observations
from maas.adapters.aws.identity.keys import DynamoApiKeys
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.errors import PermissionDenied, Unavailable
from maas.domain.identity.accounts import User
from maas.domain.identity.api_keys import KeySecret
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.identity.principals import Role, Scope
from maas.domain.ids import new_id
from maas.rpc.registry.v1 import registry_pb2
from tests.fakes.repository import MemoryRepository
from tests.support.api_keys import a_key
from tests.support.aws import Aws
from tests.support.captured_logs import logged
from tests.support.grpc_errors import reason
from tests.support.identity_stores import in_table
from tests.support.older_contract import OlderClient
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEYS, make_model, person, serving


@dataclass
class _World:
    address: str
    identity: IdentityTable
    user: User
    log: "_Log"

    def key(self, *scopes: Scope) -> KeySecret:
        secret = KeySecret.fresh()
        DynamoApiKeys(self.identity).add(a_key(self.user, secret=secret, scopes=scopes), 99)
        return secret

    async def refused(self, secret: KeySecret, method: str, **fields: Any) -> str:
        metadata = [("x-source-address", "198.51.100.1"), ("x-forwarded-for", "198.51.100.2")]
        async with grpc.aio.insecure_channel(self.address) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await OlderClient(channel, str(secret), metadata)(method, **fields)
        return reason(error.value)

    async def observed(self, count: int) -> list[dict[str, Any]]:
        """The observations of the organization, once there are so many."""
        for _ in range(200):
            items = list(self.identity.query(f"EVENTS#{self.user.tenant_id}", begins_with="EVENT#"))
            found = [each for item in items for each in json.loads(item["events"]) if item["source"] == "maas.access"]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.02)
        raise AssertionError("the observations have not come")


@dataclass
class _Log:
    """The real log, which can be down."""

    real: Observations
    down: bool = False
    tried: list[IdentityEvent] = field(default_factory=list)

    async def append(self, event: IdentityEvent) -> None:
        self.tried.append(event)
        if self.down:
            raise Unavailable("the table does not answer")
        await self.real.append(event)


@pytest.fixture
async def world(aws: Aws) -> AsyncIterator[_World]:
    name = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
    table, people = Table(name, connect(aws.endpoint)), in_table(aws.endpoint, name)
    user, log = people.colleague(people.founder(), Role.DEVELOPER), _Log(Observations(table))
    credentials = Credentials(KEYS, None, KeyRecords(table), refusals=Refusals(log))
    async with serving(MemoryRepository(), credentials=credentials) as address:
        yield _World(address, IdentityTable(name, aws.endpoint), user, log)


async def test_a_refused_call_from_outside_is_observed_once_a_minute(world: _World) -> None:
    secret = world.key(Scope.MODELS_READ)
    for _ in range(3):
        assert await world.refused(secret, "CreateModel", name="iris", framework="onnx") == "permission_denied"
    refused, used = sorted(await world.observed(2), key=lambda event: str(event["type"]))
    assert (refused["type"], refused["object"]) == ("AccessRefused", f"organization/{world.user.tenant_id}")
    assert (refused["subject"], refused["credential"]) == (world.user.id, f"key/{secret.key_id}")
    assert refused["address"] == "127.0.0.1"
    assert refused["after"]["action"] == "/model.ModelService/CreateModel"
    assert (used["type"], used["object"]) == ("KeyUsedFromNewNetwork", f"key/{secret.key_id}")
    assert (used["address"], used["before"], used["after"]) == ("127.0.0.1", None, {"network": "127.0.0.0/24"})


def test_the_object_of_a_call_is_the_model_that_it_names() -> None:
    by, model_id = person(), new_id()
    assert object_of(by, registry_pb2.GetModelRequest(id=model_id)) == f"model/{model_id}"
    assert object_of(by, registry_pb2.GetModelRequest(id=model_id.upper())) == f"model/{model_id}"
    assert object_of(by, registry_pb2.GetModelRequest(id="\x00")) == f"organization/{by.tenant_id}"


async def test_refusals_of_functions_are_left_to_them(world: _World) -> None:
    registry = GrpcRegistry(world.address, KEYS)
    by = person("", Role.VIEWER)
    with pytest.raises(PermissionDenied):
        await make_model(registry, by, "iris")
    await registry.close()
    assert world.log.tried == []


async def test_a_refusal_that_can_t_be_stored_is_logged(world: _World) -> None:
    world.log.down = True
    with logged() as log:
        secret = world.key(Scope.MODELS_READ)
        assert await world.refused(secret, "CreateModel", name="iris", framework="onnx") == "permission_denied"
        await asyncio.sleep(0.05)
    assert len(world.log.tried) == 1
    assert "an observation is lost" in log()
