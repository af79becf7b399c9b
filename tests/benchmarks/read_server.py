"""A server to measure: `python -m tests.benchmarks.read_server KIND DYNAMODB TABLE REDIS MODEL_ID [IDENTITY]`.

The server announces its port. The kinds are `constant` (only grpc.aio with one fixed answer), `guarded` (the fixed
answer with the registry's handling of calls: log, metrics, deadline, identity), and `uncached` and `cached` (the
registry). In these, callers are as their tokens say. `standing` is `cached` with callers as the table IDENTITY has
them, and `missing` the same without remembering them.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import grpc

from functions.registry.cache.counters import Counters
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.redis_store import RedisStore
from functions.registry.cache.repository import CachedRepository
from functions.registry.cache.shared import SharedCache
from functions.registry.container import build_call_handling, build_server
from functions.registry.server.credentials import Credentials
from functions.registry.server.server import RegistryServer
from functions.registry.server.standings import Current, Standings
from functions.registry.store.client import Table, connect
from functions.registry.store.identity_reader import IdentityReader
from functions.registry.store.repository import DynamoRepository
from maas.grpc_server.buffered_log import buffer_log
from maas.rpc import model_pb2 as pb
from maas.rpc.model_pb2_grpc import ModelServiceServicer, add_ModelServiceServicer_to_server
from maas.wire.models import to_older_model
from tests.benchmarks.servers import announce
from tests.support.registry_server import KEYS, PEOPLE, as_signed


class Constant(ModelServiceServicer):
    def __init__(self, answer: pb.GetModelResponse) -> None:
        self._answer = answer

    async def GetModel(self, request: pb.GetModelRequest, context: Any) -> pb.GetModelResponse:  # noqa: N802
        return self._answer


def _callers(kind: str, dynamodb: str, table: str, identity: str) -> Current:
    if kind not in {"standing", "missing"}:
        return as_signed
    client = connect(dynamodb)
    reader = IdentityReader(Table(identity, client), Table(table, client))
    return Standings(reader).current if kind == "standing" else reader.current


async def serve(kind: str, dynamodb: str, table: str, redis: str, model_id: str, identity: str = "") -> None:
    store = DynamoRepository(Table(table, connect(dynamodb)))
    if kind in {"constant", "guarded"}:
        model = await store.model(model_id)
        assert model
        await _serve_constant(
            pb.GetModelResponse(model=to_older_model(model, model.headline)),
            (build_call_handling(Credentials(KEYS), as_signed, auth=True).chain,) if kind == "guarded" else (),
        )
    if kind == "uncached":
        await _serve(build_server(store, KEYS, as_signed, PEOPLE, listen="127.0.0.1:0", auth=True))
    counters = Counters()
    shared = SharedCache(RedisStore(lambda: redis, "benchmark", lambda: b"key"), counters)
    repository = CachedRepository(store, LocalCache(), shared, counters)
    shared.start(repository.cache.invalidate)
    current = _callers(kind, dynamodb, table, identity)
    await _serve(build_server(repository, KEYS, current, PEOPLE, listen="127.0.0.1:0", auth=True))


async def _serve_constant(answer: pb.GetModelResponse, interceptors: Sequence[grpc.aio.ServerInterceptor]) -> None:
    server = grpc.aio.server(interceptors=interceptors)
    add_ModelServiceServicer_to_server(Constant(answer), server)  # type: ignore[abstract]
    port = server.add_insecure_port("127.0.0.1:0")
    buffer_log()
    await server.start()
    announce(port)
    await server.wait_for_termination()


async def _serve(server: RegistryServer) -> None:
    buffer_log()
    await server.start()
    announce(server.port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
