"""Reads that miss the cache, by boto3 in threads and by pydynox: `python -m tests.benchmarks.dynamodb_reads`.

It measures GetItem alone, Table.get, and GetModel over gRPC from a registry without a cache, on DynamoDB Local and with
1, 16 and 64 callers. The kinds take turns in 5 rounds of one second; the results are medians. Processor time is that of
the reading process. pydynox is not a dependency; docs/decisions/0018-boto3-in-threads.md explains why and how to
install it.
"""

import asyncio
import importlib.util
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from statistics import median
from typing import Any

import grpc

from functions.registry.container import build_server
from functions.registry.store.client import Table, connect
from functions.registry.store.items import Item, model_key
from functions.registry.store.repository import DynamoRepository
from functions.registry.store.transactions import attributes
from local.aws_account import CREDENTIALS, REGION
from maas.domain.identity.principals import Principal
from maas.rpc import model_pb2 as pb
from maas.rpc.model_pb2_grpc import ModelServiceStub
from maas.security.tokens import SERVICE, sign
from tests.benchmarks.servers import announce, running
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import KEY, KEYS, PEOPLE, as_signed, make_model, person
from tests.support.table_engines import make_tables, table_server

CALLERS, SECONDS, ROUNDS = (1, 16, 64), 1.0, 5
KINDS = ["boto3", "pydynox"] if importlib.util.find_spec("pydynox") else ["boto3"]

Read = Callable[[], Awaitable[Any]]


class PydynoxTable(Table):
    """A table whose single items are read by pydynox, which returns plain values."""

    def __init__(self, name: str, endpoint: str) -> None:
        super().__init__(name, connect(endpoint))
        pydynox: Any = importlib.import_module("pydynox")
        self.pydynox = pydynox.DynamoDBClient(
            region=REGION, endpoint_url=endpoint, connect_timeout=1, read_timeout=2, max_retries=3
        )

    async def get(self, key: Item) -> Item | None:
        found: Item | None = await self.pydynox.get_item(self.name, key, consistent_read=True)
        return found


def table_of(kind: str, name: str, endpoint: str) -> Table:
    return PydynoxTable(name, endpoint) if kind == "pydynox" else Table(name, connect(endpoint))


def item_alone(table: Table, key: Item) -> Read:
    """Returns a function that calls GetItem without converting the answer to an item of ours."""
    if isinstance(table, PydynoxTable):
        return lambda: table.pydynox.get_item(table.name, key, consistent_read=True)
    request = {"TableName": table.name, "Key": attributes(key), "ConsistentRead": True}
    return lambda: table._run(table._client.get_item, **request)


async def burst(read: Read, callers: int, spent: Callable[[], float]) -> tuple[float, float]:
    """Returns reads per second, and the processor time of a read in microseconds."""
    await read()
    reads, before, started = 0, spent(), time.perf_counter()

    async def caller() -> None:
        nonlocal reads
        while time.perf_counter() - started < SECONDS:
            await read()
            reads += 1

    await asyncio.gather(*(caller() for _ in range(callers)))
    return reads / (time.perf_counter() - started), (spent() - before) / reads * 1e6


async def serve(kind: str, name: str, endpoint: str) -> None:
    server = build_server(
        DynamoRepository(table_of(kind, name, endpoint)),
        KEYS,
        as_signed,
        PEOPLE,
        listen="127.0.0.1:0",
        auth=True,
    )
    await server.start()
    announce(server.port)
    await asyncio.Event().wait()


async def get_model(stub: Any, by: Principal, model_id: str) -> None:
    """Calls GetModel with a new token, because one token would expire during the measurement."""
    authorization = f"Bearer {sign(KEY, SERVICE, by)}"
    await stub.GetModel(pb.GetModelRequest(id=model_id), metadata=(("authorization", authorization),))


async def measure(name: str, endpoint: str) -> None:
    by = person()
    model = await make_model(FakeRegistry(DynamoRepository(Table(name, connect(endpoint)))), by)
    reads: dict[tuple[str, str], tuple[Read, Callable[[], float]]] = {}
    with ExitStack() as servers:
        for kind in KINDS:
            table, key = table_of(kind, name, endpoint), model_key(model.id)
            assert await table.get(key) == await Table(name, connect(endpoint)).get(key)
            reads["GetItem", kind] = item_alone(table, key), time.process_time
            reads["Table.get", kind] = partial(table.get, key), time.process_time
            server = servers.enter_context(running("tests.benchmarks.dynamodb_reads", kind, name, endpoint))
            stub = ModelServiceStub(grpc.aio.insecure_channel(f"127.0.0.1:{server.port}"))
            reads["GetModel", kind] = partial(get_model, stub, by, model.id), server.processor_seconds
        for callers in CALLERS:
            figures: dict[tuple[str, str], list[tuple[float, float]]] = {which: [] for which in reads}
            for _ in range(ROUNDS):
                for which, (read, spent) in reads.items():
                    figures[which].append(await burst(read, callers, spent))
            for (what, kind), found in sorted(figures.items()):
                rates, costs = zip(*found, strict=True)
                print(
                    f"{callers:2} callers {what:9} {kind:7} {median(rates):6.0f}/s {median(costs):6.0f} us", flush=True
                )


def main() -> None:
    os.environ.update(CREDENTIALS)
    if len(sys.argv) > 1:
        asyncio.run(serve(*sys.argv[1:]))
    if "pydynox" not in KINDS:
        print("pydynox is not installed: boto3 alone is measured")
    with table_server("dynamodb-local") as endpoint:
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        asyncio.run(measure(make_tables(endpoint).table, endpoint))


if __name__ == "__main__":
    main()
