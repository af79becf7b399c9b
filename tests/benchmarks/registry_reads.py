"""The cost of GetModel with and without the cache, and at best: `python -m tests.benchmarks.registry_reads [MLFLOW]`.

16 callers in this process call each kind of server for 2 s, in turn and in 5 rounds; the results are medians. The table
is on DynamoDB Local. Processor time is the server's own, because other work affects it least. MLFLOW is the `mlflow`
program to compare with, by default the one on PATH.
"""

import asyncio
import os
import random
import shutil
import sys
import time
from contextlib import ExitStack
from statistics import median

import grpc

from functions.registry.cache.counters import Counters
from functions.registry.cache.memory import LocalCache
from functions.registry.cache.redis_store import RedisStore
from functions.registry.cache.repository import CachedRepository
from functions.registry.cache.shared import SharedCache
from functions.registry.store.client import Table, connect
from functions.registry.store.repository import DynamoRepository
from functions.registry.stored import StoredModel
from local.aws_account import CREDENTIALS
from maas.domain.identity.principals import Principal
from maas.rpc import model_pb2 as pb
from maas.rpc.model_pb2_grpc import ModelServiceStub
from tests.benchmarks import mlflow_reads
from tests.benchmarks.servers import Server, running
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.redis_server import redis_server
from tests.support.registry_server import make_model, person, signed
from tests.support.table_engines import Tables, make_tables, table_server

CALLERS, SECONDS, ROUNDS = 16, 2.0, 5
MODELS, READS = 10_000, 200_000
KINDS = ("constant", "guarded", "cached", "uncached")


async def burst(server: Server, by: Principal, model_id: str) -> tuple[float, float]:
    """Returns calls per second, and the server's processor time per call in microseconds."""
    metadata = (("authorization", signed(by)),)
    request, calls = pb.GetModelRequest(id=model_id), 0
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = ModelServiceStub(channel)
        await stub.GetModel(request, metadata=metadata)
        before, started = server.processor_seconds(), time.perf_counter()

        async def call() -> None:
            nonlocal calls
            while time.perf_counter() - started < SECONDS:
                await stub.GetModel(request, metadata=metadata)
                calls += 1

        await asyncio.gather(*(call() for _ in range(CALLERS)))
        taken = time.perf_counter() - started
        return calls / taken, (server.processor_seconds() - before) / calls * 1e6


async def throughput(dynamodb: Tables, redis: str) -> None:
    by = person()
    store = DynamoRepository(Table(dynamodb.table, connect(dynamodb.endpoint)))
    model = await make_model(FakeRegistry(store), by)
    figures: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    arguments = (dynamodb.endpoint, dynamodb.table, redis, model.id)
    with ExitStack() as open_servers:
        servers = [
            open_servers.enter_context(running("tests.benchmarks.read_server", kind, *arguments)) for kind in KINDS
        ]
        for _ in range(ROUNDS):
            for kind, server in zip(KINDS, servers, strict=True):
                figures[kind].append(await burst(server, by, model.id))
    for kind in KINDS:
        rates, costs = zip(*figures[kind], strict=True)
        rate, cost = (
            median(pair[part] / other[part] for pair, other in zip(figures[kind], figures["constant"], strict=True))
            for part in (0, 1)
        )
        print(f"{kind:9} {median(rates):7.0f} calls/s ({rate:4.2f} of constant's)", end="  ")
        print(f"{median(costs):6.0f} us of processor ({1 / cost:4.2f})")


def beside_mlflow(program: str | None) -> None:
    if program is None:
        print("MLflow: not installed")
        return
    # One worker, because the registry is one process.
    with mlflow_reads.mlflow(program, workers=1) as server:
        rates = [mlflow_reads.get_burst(server, CALLERS, SECONDS) for _ in range(ROUNDS)]
    print(f"MLflow {server.version}, one worker on SQLite, REST get: {median(rates):.0f} calls/s")


class CountedRepository(MemoryRepository):
    loads = 0

    async def model(self, model_id: str) -> StoredModel | None:
        self.loads += 1
        return await super().model(model_id)


async def zipf(redis: str) -> None:
    """Prints the hit rates of reads with a Zipf distribution, beginning with an empty cache."""
    store, counters = CountedRepository(), Counters()
    shared = SharedCache(RedisStore(lambda: redis, "zipf", lambda: b"key"), counters)
    repository = CachedRepository(store, LocalCache(), shared, counters)
    shared.start(repository.cache.invalidate)
    await shared.up()
    filling, by = FakeRegistry(store), person()
    ids = [(await make_model(filling, by, f"model {number}")).id for number in range(MODELS)]
    store.loads = 0
    weights = [1 / rank for rank in range(1, MODELS + 1)]
    started = time.monotonic()
    for number, model_id in enumerate(random.Random(7).choices(ids, weights, k=READS)):
        assert await repository.visible_model(model_id, lambda _: True)
        if number % 100 == 0:
            await asyncio.sleep(0)
    taken = time.monotonic() - started
    await repository.cache.close()
    seen = counters.snapshot()
    print(f"Zipf(1), {MODELS} models, {READS} reads in {taken:.0f} s: {1 - seen['loads'] / READS:.1%} hits, ", end="")
    print(f"{seen['local_hits'] / READS:.1%} in process, {seen['shared_hits'] / READS:.1%} in Redis")


def main() -> None:
    os.environ.update(CREDENTIALS)
    program = sys.argv[1] if len(sys.argv) > 1 else shutil.which("mlflow")
    with redis_server() as redis, table_server("dynamodb-local") as endpoint:
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        asyncio.run(throughput(make_tables(endpoint), redis.url))
        beside_mlflow(program)
        asyncio.run(zipf(redis.url))


if __name__ == "__main__":
    main()
