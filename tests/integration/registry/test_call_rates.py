"""Calls over gRPC have the quotas of requests, but for those of our own functions."""

from datetime import UTC, datetime

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo

from functions.registry.server.call_rates import CallRates
from functions.registry.server.credentials import Credentials
from maas.domain.catalog.models import ModelFilter, WantedPage
from maas.domain.identity.accounts import User
from maas.domain.identity.api_keys import ApiKey, KeySecret
from maas.domain.identity.principals import Role, Scope
from maas.domain.identity.quotas import Quotas
from maas.wire.identity.key_uses import KeyUse
from tests.fakes.repository import MemoryRepository
from tests.support.api_keys import a_key
from tests.support.grpc_errors import detail, reason, status_of
from tests.support.older_contract import OlderClient
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEYS, person, serving

USER = User(
    id="ada", tenant_id="acme", email="", name="A", roles=frozenset({Role.DEVELOPER}), created_at=datetime.now(UTC)
)


class _OneKey:
    def __init__(self, secret: KeySecret) -> None:
        self._key = a_key(USER, secret=secret, scopes=(Scope.MODELS_READ,))

    async def key(self, key_id: str) -> ApiKey | None:
        return self._key

    async def note(self, key_id: str, use: KeyUse) -> None:
        pass


async def test_a_caller_from_outside_has_its_quota_and_our_functions_none() -> None:
    secret, rates = KeySecret.fresh(), CallRates(Quotas(organization=0, user=2, api_key=0), lambda: 30.0)
    async with serving(
        MemoryRepository(), credentials=Credentials(KEYS, None, _OneKey(secret), rates=rates)
    ) as address:
        async with grpc.aio.insecure_channel(address) as channel:
            client = OlderClient(channel, str(secret))
            for _ in range(2):
                await client("ListModels")
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await client("ListModels")
        assert (error.value.code(), reason(error.value)) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "rate_limited")
        assert detail(status_of(error.value), RetryInfo).retry_delay.seconds == 30
        registry = GrpcRegistry(address, KEYS)
        for _ in range(5):
            await registry.list_models(person("acme"), ModelFilter(), WantedPage(limit=1))
        await registry.close()
