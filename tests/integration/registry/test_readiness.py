"""Health follows the table's availability within seconds and does not depend on Redis."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from functions.registry.container import build_server
from functions.registry.server.server import SERVICES
from functions.registry.store.client import Table, connect
from functions.registry.store.repository import DynamoRepository
from local.servers.ports import free_port
from maas.domain.ids import new_id
from maas.grpc_server.readiness import CACHE, LIVE
from tests.fakes.repository import MemoryRepository
from tests.support.aws import Aws
from tests.support.faulty_proxy import FaultyProxy
from tests.support.registry_process import ready, registry_process
from tests.support.registry_server import KEYS, PEOPLE, as_signed

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


@asynccontextmanager
async def health_of(address: str) -> AsyncIterator[Any]:
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)

        async def ask(service: str = "") -> Any:
            return (await stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=3)).status

        yield ask


async def becomes(ask: Any, status: Any, seconds: float) -> None:
    until = time.monotonic() + seconds
    while await ask() != status:
        assert time.monotonic() < until, "too late"
        await asyncio.sleep(0.1)


async def test_health_follows_the_table(aws: Aws) -> None:
    proxy = FaultyProxy(int(aws.endpoint.rpartition(":")[2]))
    await proxy.start()
    table = aws.application.containers[0].environment["MAAS_REGISTRY_TABLE"]
    store = DynamoRepository(Table(table, connect(f"http://127.0.0.1:{proxy.port}")))

    async def probe() -> object:
        return await store.model(new_id())

    server = build_server(MemoryRepository(), KEYS, as_signed, PEOPLE, listen="127.0.0.1:0", auth=True, probe=probe)
    await server.start()
    try:
        async with health_of(f"127.0.0.1:{server.port}") as ask:
            assert await ask() == SERVING
            for fault in (proxy.refuse, proxy.black_hole):
                await fault()
                await becomes(ask, NOT_SERVING, 8)
                assert [await ask(service) for service in SERVICES] == [NOT_SERVING] * 2
                assert await ask(LIVE) == SERVING  # a restart would not help
                await proxy.heal()
                await becomes(ask, SERVING, 10)
    finally:
        await server.stop(grace=0)
        await proxy.refuse()


async def test_the_cache_has_a_health_of_its_own() -> None:
    up = True

    async def probe() -> None:
        """Always succeeds."""

    async def cache_up() -> bool:
        return up

    server = build_server(
        MemoryRepository(),
        KEYS,
        as_signed,
        PEOPLE,
        listen="127.0.0.1:0",
        auth=True,
        probe=probe,
        cache_up=cache_up,
    )
    await server.start()
    try:
        async with health_of(f"127.0.0.1:{server.port}") as ask:
            await becomes(ask_cache := partial(ask, CACHE), SERVING, 3)
            up = False
            await becomes(ask_cache, NOT_SERVING, 3)
            assert await ask() == SERVING
    finally:
        await server.stop(grace=0)


async def test_one_failed_probe_does_not_change_health() -> None:
    probes = 0

    async def probe() -> None:
        nonlocal probes
        probes += 1
        if probes == 1:
            raise TimeoutError

    server = build_server(MemoryRepository(), KEYS, as_signed, PEOPLE, listen="127.0.0.1:0", auth=True, probe=probe)
    await server.start()
    async with health_of(f"127.0.0.1:{server.port}") as ask:
        while probes < 3:
            assert await ask() == SERVING
            await asyncio.sleep(0.05)
    await server.stop(grace=0)


async def test_a_registry_without_redis_is_healthy(aws: Aws) -> None:
    address = f"127.0.0.1:{free_port()}"
    with registry_process(aws, MAAS_REGISTRY_LISTEN=address, MAAS_REDIS_URL=f"redis://127.0.0.1:{free_port()}"):
        await ready(address)
        async with health_of(address) as ask:
            for _ in range(8):
                assert await ask() == SERVING
                await asyncio.sleep(0.5)
