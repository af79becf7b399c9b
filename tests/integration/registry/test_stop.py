"""Calls that the registry ends: at the caller's deadline, and while the server stops."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from functions.registry.container import build_server
from functions.registry.server.server import RegistryServer
from functions.registry.stored import StoredModel
from maas.domain.catalog.models import Model
from maas.domain.errors import Unavailable
from maas.grpc_server.server import GRACE, IDLE
from tests.fakes.repository import MemoryRepository
from tests.support.grpc_errors import failed_get_model
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_server import KEYS, PEOPLE, as_signed, make_model, person, serving, signed


class SlowRepository(MemoryRepository):
    """Reads of a model take `seconds`. `cancelled` counts the cancelled ones."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.started = asyncio.Event()
        self.cancelled = 0

    async def model(self, model_id: str) -> StoredModel | None:
        self.started.set()
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return await super().model(model_id)


async def test_work_ends_with_the_callers_deadline() -> None:
    repository = SlowRepository(5)
    async with serving(repository) as address:
        started = time.monotonic()
        error = await failed_get_model(
            address, b"\n$01a1fd77-37f3-7423-b5df-4c7434c6b664", signed(person()), timeout=0.3
        )
        assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await asyncio.sleep(0.2)
        assert (repository.cancelled, time.monotonic() - started < 2) == (1, True)


@dataclass(frozen=True)
class Busy:
    """A server with one call under way and one endless watch of its health."""

    server: RegistryServer
    registry: GrpcRegistry
    model: Model
    under_way: asyncio.Task[Model]
    watch: Any


@asynccontextmanager
async def busy(seconds: float) -> AsyncIterator[Busy]:
    repository = SlowRepository(seconds)
    server = build_server(repository, KEYS, as_signed, PEOPLE, listen="127.0.0.1:0", auth=True)
    await server.start()
    address = f"127.0.0.1:{server.port}"
    registry, by = GrpcRegistry(address, KEYS), person()
    model = await make_model(registry, by)
    async with grpc.aio.insecure_channel(address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(service="model.ModelService"))
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        repository.started.clear()
        under_way = asyncio.create_task(registry.get_model(by, model.id))
        await repository.started.wait()
        yield Busy(server, registry, model, under_way, watch)
    await registry.close()


async def test_a_stop_reports_not_serving_and_lets_calls_end() -> None:
    async with busy(0.5) as found:
        stopping = asyncio.create_task(found.server.stop(grace=2))
        assert (await found.watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        assert await found.under_way == found.model
        found.watch.cancel()
        await stopping
        with pytest.raises(Unavailable):
            await found.registry.get_model(person(), found.model.id)


async def test_a_stop_waits_for_calls_of_our_services_only() -> None:
    async with busy(2 * IDLE) as found:
        started = time.monotonic()
        await found.server.stop()
        assert time.monotonic() - started < GRACE / 2
        assert await found.under_way == found.model
        assert (await found.watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(grpc.aio.AioRpcError, match="UNAVAILABLE"):
            await found.watch.read()
