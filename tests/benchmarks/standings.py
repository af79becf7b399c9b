"""What a call of the registry pays for callers as they stand now: `python -m tests.benchmarks.standings`.

GetModel from the cache is called by 16 callers in this process, in turn and in 5 rounds of 2 s: with callers as their
tokens say (`cached`), as the identity table has them (`standing`), and read from the table with each call (`missing`).
Then one caller calls alone, for the time of one call. Results are medians. Processor time is the server's own. The last
line is what `Standings.current` takes by itself for a caller that it knows.
"""

import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from statistics import median

import grpc

from functions.registry.server.standings import Standings
from functions.registry.store.client import Table, connect
from functions.registry.store.repository import DynamoRepository
from functions.registry.store.transactions import attributes
from local.aws_account import CREDENTIALS
from local.servers.table_stores import ENGINES, find
from maas.domain.identity.principals import Principal, Role
from maas.rpc import model_pb2 as pb
from maas.rpc.model_pb2_grpc import ModelServiceStub
from maas.wire.identity.accounts import session_item, user_item
from tests.benchmarks.callers import make_caller
from tests.benchmarks.registry_reads import ROUNDS, burst
from tests.benchmarks.servers import Server, running
from tests.fakes.registry import FakeRegistry
from tests.support.redis_server import redis_server
from tests.support.registry_server import make_model, signed
from tests.support.table_engines import Tables, make_tables, table_server

KINDS = ("cached", "standing", "missing")
ALONE, LOOK_UPS = 400, 20_000


async def one_by_one(server: Server, by: Principal, model_id: str) -> float:
    """The median of the milliseconds of a call that nothing else waits for."""
    request, metadata = pb.GetModelRequest(id=model_id), (("authorization", signed(by)),)
    times = []
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = ModelServiceStub(channel)
        for _ in range(ALONE):
            started = time.perf_counter()
            await stub.GetModel(request, metadata=metadata)
            times.append((time.perf_counter() - started) * 1e3)
    return median(times)


async def measure(tables: Tables, redis: str) -> Mapping[str, list[tuple[float, float, float]]]:
    """Calls a second, microseconds of processor time a call, and milliseconds of one call alone, by kind."""
    client = connect(tables.endpoint)
    by, user, session = make_caller(Role.DEVELOPER)
    for item in (user_item(user), session_item(session)):
        client.put_item(TableName=tables.identity, Item=attributes(item))
    model = await make_model(FakeRegistry(DynamoRepository(Table(tables.table, client))), by)
    found: dict[str, list[tuple[float, float, float]]] = {kind: [] for kind in KINDS}
    arguments = (tables.endpoint, tables.table, redis, model.id, tables.identity)
    with ExitStack() as stack:
        servers = [stack.enter_context(running("tests.benchmarks.read_server", kind, *arguments)) for kind in KINDS]
        for _ in range(ROUNDS):
            for kind, server in zip(KINDS, servers, strict=True):
                rate, cost = await burst(server, by, model.id)
                found[kind].append((rate, cost, await one_by_one(server, by, model.id)))
    return found


async def look_up() -> float:
    """The median of the microseconds that a look-up of a known caller takes."""
    by, _, _ = make_caller()

    class Directory:
        async def current(self, by: Principal) -> Principal:
            return by

    standings, times = Standings(Directory()), []
    for _ in range(LOOK_UPS):
        started = time.perf_counter()
        await standings.current(by)
        times.append((time.perf_counter() - started) * 1e6)
    return median(times)


def main() -> None:
    os.environ.update(CREDENTIALS)
    engine = next(each for each in ENGINES if find(each))
    with redis_server() as redis, table_server(engine) as endpoint:
        print(f"{engine}; load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        found = asyncio.run(measure(make_tables(endpoint), redis.url))
    for kind, figures in found.items():
        rate, cost, alone = (median(values) for values in zip(*figures, strict=True))
        print(f"{kind:9} {rate:7.0f} calls/s  {cost:6.0f} us of processor  {alone:6.2f} ms alone")
    print(f"a look-up of a known caller: {asyncio.run(look_up()):.1f} us")


if __name__ == "__main__":
    main()
