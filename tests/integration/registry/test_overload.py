"""A registry whose table does not answer, with hundreds of callers. Most calls are shed; health still answers."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc

from functions.registry.container import build_server
from functions.registry.stored import StoredModel
from maas.adapters.registry import channel
from maas.domain.catalog.models import Model
from maas.domain.errors import Exhausted
from maas.domain.ids import new_id
from maas.rpc import model_pb2 as pb
from maas.rpc.model_pb2_grpc import ModelServiceStub
from tests.fakes.repository import MemoryRepository
from tests.support.grpc_errors import detail, status_of
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEYS, PEOPLE, as_signed, make_model, person, serving, signed

CALLERS, LIMIT = 300, 20
BURST = 3_000


class StuckRepository(MemoryRepository):
    """Reads wait until `free` is set. Each begins by setting `entered` and counting in `reads`."""

    def __init__(self) -> None:
        super().__init__()
        self.free, self.entered = asyncio.Event(), asyncio.Event()
        self.reads = 0

    async def model(self, model_id: str) -> StoredModel | None:
        self.reads += 1
        self.entered.set()
        await self.free.wait()
        return await super().model(model_id)


@pytest.mark.timeout(180)
async def test_calls_over_the_limit_are_shed_while_health_answers() -> None:
    repository = StuckRepository()
    server = build_server(repository, KEYS, as_signed, PEOPLE, listen="127.0.0.1:0", auth=True, calls_max=LIMIT)
    await server.start()
    registry, by = GrpcRegistry(f"127.0.0.1:{server.port}", KEYS), person()
    model = await make_model(registry, by)
    shed = asyncio.Event()

    async def call() -> Any:
        try:
            return await registry.get_model(by, model.id)
        except Exhausted as error:
            if len([task for task in calls if not task.done()]) <= LIMIT + 1:
                shed.set()
            return error

    calls = [asyncio.create_task(call()) for _ in range(CALLERS)]
    await asyncio.wait_for(shed.wait(), 4)  # before the deadline of the accepted calls
    started = time.monotonic()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=2)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    assert time.monotonic() - started < 1
    repository.free.set()
    ended = await asyncio.gather(*calls)
    assert Counter(type(each) for each in ended) == {Model: LIMIT, Exhausted: CALLERS - LIMIT}
    # No client retried a shed call automatically; a retry would be counted.
    assert repository.reads == LIMIT
    assert server.metrics.registry.get_sample_value("maas_registry_calls_shed_total") == CALLERS - LIMIT
    assert (await registry.get_model(by, model.id)).id == model.id
    await registry.close()
    await server.stop(grace=0)


async def test_a_shed_call_gets_a_reason_and_a_retry_delay() -> None:
    repository = StuckRepository()
    server = build_server(repository, KEYS, as_signed, PEOPLE, listen="127.0.0.1:0", auth=False, calls_max=1)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        call: Any = channel.unary_unary("/model.ModelService/GetModel")
        first = asyncio.create_task(_code(call(b"\n$01a1fd77-37f3-7423-b5df-4c7434c6b664")))
        await repository.entered.wait()
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call(b"")
        repository.free.set()
        assert await first is grpc.StatusCode.NOT_FOUND
    await server.stop(grace=0)
    assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    status = status_of(error.value)
    info, retry = detail(status, ErrorInfo), detail(status, RetryInfo)
    assert (info.reason, info.domain, retry.retry_delay.seconds) == ("exhausted", "maas", 1)


async def _code(call: Any) -> Any:
    return await call.code()


def test_a_shed_call_is_not_retried() -> None:
    for method in channel._SERVICE_CONFIG["methodConfig"]:  # type: ignore[attr-defined]
        assert "RESOURCE_EXHAUSTED" not in method.get("retryPolicy", {}).get("retryableStatusCodes", ())


@pytest.mark.timeout(180)
async def test_every_call_of_a_burst_over_new_connections_is_answered() -> None:
    request, metadata = pb.GetModelRequest(id=new_id()), (("authorization", signed(person())),)
    async with serving(MemoryRepository()) as address, AsyncExitStack() as channels:
        options = (("grpc.use_local_subchannel_pool", 1),)  # otherwise all channels of the process share one connection
        opened = [grpc.aio.insecure_channel(address, options=options) for _ in range(4)]
        stubs: list[Any] = [ModelServiceStub(await channels.enter_async_context(channel)) for channel in opened]

        async def code(stub: Any) -> grpc.StatusCode:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await stub.GetModel(request, metadata=metadata)
            return error.value.code()

        codes = Counter(await asyncio.gather(*(code(stubs[number % 4]) for number in range(BURST))))
    # Calls may be shed with a reason but never cancelled. gRPC itself cancels calls that it lets wait.
    assert set(codes) <= {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert codes.total() == BURST
