"""Readiness probes: coroutines that return whether a server on loopback is ready."""

import asyncio
from collections.abc import Awaitable, Callable

import grpc.aio
import httpx2
from grpc_health.v1 import health_pb2, health_pb2_grpc

Probe = Callable[[], Awaitable[bool]]


def accepts_connections(port: int, host: str = "127.0.0.1") -> Probe:
    """A probe for servers that listen only once they are ready."""

    async def check() -> bool:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            return False
        writer.close()
        return True

    return check


def grpc_serving(port: int) -> Probe:
    """A probe for a gRPC server in a container: Docker accepts connections before the server listens."""

    async def check() -> bool:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            try:
                response = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=1)
            except grpc.aio.AioRpcError:
                return False
            return bool(response.status == health_pb2.HealthCheckResponse.SERVING)

    return check


def http_success(url: str) -> Probe:
    """A probe that passes once GET `url` returns a 2xx status."""

    async def check() -> bool:
        try:
            async with httpx2.AsyncClient(trust_env=False) as client:
                return (await client.get(url)).is_success
        except httpx2.TransportError:
            return False

    return check
