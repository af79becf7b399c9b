"""A full quota on both gRPC services: the same status and text, and the numbers for programs."""

from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo, QuotaFailure, RetryInfo

from maas.domain.catalog.models import NewModel
from maas.domain.quotas import Quota, QuotaExceeded, Usage
from maas.rpc import model_pb2 as older
from maas.rpc.model_pb2_grpc import ModelServiceStub
from maas.rpc.registry.v1 import registry_pb2 as pb
from maas.rpc.registry.v1.registry_pb2_grpc import RegistryServiceStub
from tests.fakes.repository import MemoryRepository
from tests.support.grpc_errors import detail, status_of
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEYS, make_model, person, serving, signed

TEXT = "the organization has 1 of at most 1 models; delete one that is not needed"


@pytest.mark.parametrize(
    ("stub", "request_of"),
    [(ModelServiceStub, older.CreateModelRequest), (RegistryServiceStub, pb.CreateModelRequest)],
)
async def test_a_full_quota_is_exhausted_on_each_service(stub: Any, request_of: type[Message]) -> None:
    by = person()
    async with serving(MemoryRepository({Quota.MODELS: 1})) as address, grpc.aio.insecure_channel(address) as channel:
        create, metadata = stub(channel).CreateModel, (("authorization", signed(by)),)
        await create(request_of(name="first", framework="onnx"), metadata=metadata)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await create(request_of(name="second", framework="onnx"), metadata=metadata)
    status = status_of(error.value)
    assert (error.value.code(), error.value.details()) == (grpc.StatusCode.RESOURCE_EXHAUSTED, TEXT)
    info = detail(status, ErrorInfo)
    assert (info.reason, dict(info.metadata)) == ("quota_exceeded", {"quota": "models", "limit": "1", "use": "1"})
    assert [violation.description for violation in detail(status, QuotaFailure).violations] == [TEXT]
    assert detail(status, RetryInfo) == RetryInfo(), "a retry does not help"


async def test_a_function_receives_the_numbers_and_the_use_of_all_quotas() -> None:
    by = person()
    async with serving(MemoryRepository({Quota.MODELS: 1})) as address:
        client = GrpcRegistry(address, KEYS)
        await make_model(client, by)
        with pytest.raises(QuotaExceeded) as error:
            await client.create_model(by, NewModel(name="second", framework="onnx"))
        found = await client.usage(by)
        await client.close()
    assert (error.value.quota, error.value.limit, error.value.use) == ("models", 1, 1)
    assert Usage(Quota.MODELS, 1, 1) in found
    assert Usage(Quota.VERSIONS, 0, 0) in found
