"""A server for registry_reads.py: `python -m tests.benchmarks.read_server KIND DYNAMODB TABLE REDIS MODEL_ID`.

KIND: `constant` (grpc.aio and one answer, nothing else), `uncached` or `cached` (the registry). Prints its port.
"""

import asyncio
import sys
from typing import Any

import grpc

from functions.registry.cache.counters import Counters
from functions.registry.cache.local import LocalCache
from functions.registry.cache.redis_store import RedisStore
from functions.registry.cache.shared import SharedCache
from functions.registry.cached import CachedRepository
from functions.registry.loglines import gather
from functions.registry.repository import DynamoRepository
from functions.registry.server import RegistryServer
from functions.registry.table import Table, connect
from maas.rpc import model_pb2 as pb
from maas.rpc.model_pb2_grpc import ModelServiceServicer, add_ModelServiceServicer_to_server
from maas.wire.models import to_older_model
from tests.benchmarks.servers import tell
from tests.registry import KEYS


class Constant(ModelServiceServicer):
    def __init__(self, answer: pb.GetModelResponse) -> None:
        self._answer = answer

    async def GetModel(self, request: pb.GetModelRequest, context: Any) -> pb.GetModelResponse:  # noqa: N802
        return self._answer


async def serve(kind: str, dynamodb: str, table: str, redis: str, model_id: str) -> None:
    store = DynamoRepository(Table(table, connect(dynamodb)))
    if kind == "constant":
        model = await store.model(model_id)
        assert model
        constant = grpc.aio.server()
        servicer = Constant(pb.GetModelResponse(model=to_older_model(model)))  # type: ignore[abstract]
        add_ModelServiceServicer_to_server(servicer, constant)
        tell(constant.add_insecure_port("127.0.0.1:0"))
        await constant.start()
        await constant.wait_for_termination()
    if kind == "uncached":
        await _serve(RegistryServer(store, KEYS, listen="127.0.0.1:0", auth=True))
    counters = Counters()
    shared = SharedCache(RedisStore(lambda: redis, "benchmark"), counters)
    repository = CachedRepository(store, LocalCache(), shared, counters)
    shared.start(repository.cache.heard)
    await _serve(RegistryServer(repository, KEYS, listen="127.0.0.1:0", auth=True))


async def _serve(server: RegistryServer) -> None:
    gather()
    await server.start()
    tell(server.port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
