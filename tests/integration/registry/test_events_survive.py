"""kill -9 of registry and relay at any moment: every committed change reaches the bus, in order per model."""

import asyncio
import contextlib
import json
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from local.aws_account import CREDENTIALS
from local.functions.pool import Pool
from local.functions.stream_positions import StreamPositions
from local.functions.stream_source import StreamPoller
from local.functions.worker import WorkerSettings
from local.servers.ports import free_port
from maas.adapters.aws.identity.table import IdentityTable
from maas.domain.catalog.models import Model, ModelChange
from maas.domain.errors import Unavailable
from maas.security.keyring import TokenKeys
from maas.security.secret_values import SecretReader
from tests.support.aws import ROOT, Aws, moto_endpoint, provision
from tests.support.identity_stores import in_table
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_process import enrolled_at
from tests.support.registry_server import make_model
from tests.support.rounds import FULL
from tests.support.server_processes import server
from tests.support.subscribers import Subscriber
from tests.support.waiting import until

RUNS, MODELS, CHANGES = 50, 3, 2
ACCOUNT_RUNS = 50 if FULL else 10
# The kill of a run comes within this many seconds. Changes take about 50 ms and are relayed within 300 ms.
MOMENTS = 0.4
SEED = 20

pytestmark = pytest.mark.timeout(600)


@dataclass
class Killable:
    """One registry and one relay as processes, each restarted after a kill."""

    aws: Aws
    folder: Path
    pool: Pool = field(init=False)
    registry: GrpcRegistry = field(init=False)
    _pollers: "list[asyncio.Task[None]]" = field(default_factory=list)
    _process: contextlib.ExitStack = field(init=False)

    async def start(self) -> None:
        for name in ("logs", "scratch"):
            (self.folder / name).mkdir()
        settings = WorkerSettings(self.folder / "logs", self.folder / "scratch", CREDENTIALS, asyncio.Semaphore(1))
        self.pool = Pool(self.aws.application.functions["RelayFunction"], settings)
        await self.pool.warm()
        for number, source in enumerate(self.aws.application.streams):
            positions = StreamPositions(self.folder / f"positions-{number}.json", source.stream_arn)
            poller = StreamPoller(source, self.aws.client("dynamodbstreams"), self.pool, positions)
            self._pollers.append(asyncio.create_task(poller.run()))
        await self.start_registry()

    async def start_registry(self) -> None:
        address = await asyncio.to_thread(self._start_registry)
        secret = self.aws.application.containers[0].environment["MAAS_SERVICE_SECRET"]
        self.registry = GrpcRegistry(address, TokenKeys.of(secret, SecretReader(self.aws.endpoint)))

    def _start_registry(self) -> str:
        port, path = free_port(), os.pathsep.join((str(ROOT), str(ROOT / "layers/shared/python")))
        declared = self.aws.application.containers[0].environment
        own = {"PYTHONPATH": path, "MAAS_REGISTRY_LISTEN": f"127.0.0.1:{port}"}
        self._process = contextlib.ExitStack()
        self._process.enter_context(server([sys.executable, "-m", "functions.registry"], port, **{**declared, **own}))
        return f"127.0.0.1:{port}"

    def kill_registry(self) -> None:
        self._process.close()

    def kill_relay(self) -> None:
        for worker in self.pool._workers:
            if worker._process is not None:
                worker._process.kill()

    async def stop(self) -> None:
        for poller in self._pollers:
            poller.cancel()
        await asyncio.gather(*self._pollers, return_exceptions=True)
        await self.pool.stop()
        await self.registry.close()
        self.kill_registry()


@pytest_asyncio.fixture
async def killable(credentials: None, tmp_path: Path) -> AsyncIterator[Killable]:
    with moto_endpoint() as endpoint:
        found = Killable(provision(endpoint), tmp_path)
        await found.start()
        yield found
        await found.stop()


def outboxes(aws: Aws) -> dict[str, int]:
    """Returns the number of events in each model's outbox by the model's id."""
    table = aws.application.containers[0].environment["MAAS_REGISTRY_TABLE"]
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = [item for page in pages for item in page["Items"] if item["sk"]["S"] == "EVENTS"]
    return {item["pk"]["S"].removeprefix("EVENTS#"): int(item["sequence"]["N"]) for item in items}


async def change(registry: GrpcRegistry, by: Any, model: Model, committed: Counter[str]) -> None:
    """Makes CHANGES changes one by one. Stops at the first without an answer, which may have been committed."""
    for _ in range(CHANGES):
        try:
            changed = await registry.update_model(by, model.id, ModelChange(description=random.randbytes(8).hex()))
        except Unavailable:
            return
        committed[model.id] = changed.revision


async def test_no_committed_change_is_lost_or_reordered(killable: Killable) -> None:
    chance, by, committed, late = random.Random(SEED), enrolled_at(killable.aws), Counter[str](), 0
    aws = killable.aws
    subscriber = Subscriber(aws.client, aws.application.functions["RelayFunction"].environment["MAAS_EVENT_BUS"])

    def arrived() -> set[tuple[str, int]]:
        return {(event["model_id"], event["sequence"]) for event in subscriber.details()}

    models = [await make_model(killable.registry, by, f"model {number}") for number in range(MODELS)]
    for run in range(RUNS):
        changes = asyncio.gather(*(change(killable.registry, by, model, committed) for model in models))
        await asyncio.sleep(chance.uniform(0, MOMENTS))
        killable.kill_relay()
        late += len(await asyncio.to_thread(arrived)) < sum(outboxes(aws).values())
        if run % 4 == 0:
            killable.kill_registry()
            await changes
            await killable.registry.close()
            await killable.start_registry()
        await changes

    left = outboxes(aws)
    expected = {(model_id, place) for model_id, count in left.items() for place in range(1, count + 1)}
    await asyncio.to_thread(until, lambda: arrived() >= expected, 60)

    for model in models:
        events = subscriber.details(model.id)
        places = dict.fromkeys((event["sequence"], event["id"]) for event in events)
        assert [place for place, _ in places] == [*range(1, left[model.id] + 1)]
        stored = await killable.registry.get_model(by, model.id)
        assert max(event["revision"] for event in events) == stored.revision >= committed[model.id]
        assert [*dict.fromkeys(event["revision"] for event in events)] == [*range(1, stored.revision + 1)]
    print(f"{RUNS} runs, {sum(left.values())} events, {len(subscriber.received)} arrivals, late at {late} kills")
    assert late >= RUNS / 10, "the kills came after the events, so they tested nothing"


class Accounts:
    """Changes of accounts, and the events that the identity table has of them."""

    def __init__(self, aws: Aws) -> None:
        name = aws.application.functions["AuthFunction"].environment["MAAS_IDENTITY_TABLE"]
        self._people, self._table = in_table(aws.endpoint, name), IdentityTable(name, aws.endpoint)
        self._ada = self._people.founder()

    def change(self) -> None:
        """Signs in, renames the user, and ends the session: three events."""
        session = self._people.session(self._ada)
        self._people.own.rename(self._ada, random.randbytes(8).hex())
        self._people.identities.end(session)

    def events(self) -> dict[str, Any]:
        items = self._table.query(f"EVENTS#{self._ada.tenant_id}", begins_with="EVENT#")
        return {event["id"]: event for item in items for event in json.loads(item["events"])}


async def test_no_committed_change_of_an_account_is_lost(killable: Killable) -> None:
    aws, chance, late = killable.aws, random.Random(SEED), 0
    bus = aws.application.functions["RelayFunction"].environment["MAAS_EVENT_BUS"]
    subscriber, accounts = Subscriber(aws.client, bus, {"source": ["maas.identity"]}), Accounts(aws)

    def arrived() -> dict[str, Any]:
        return {event["id"]: event for event in subscriber.details()}

    for _ in range(ACCOUNT_RUNS):
        changes = asyncio.create_task(asyncio.to_thread(accounts.change))
        await asyncio.sleep(chance.uniform(0, MOMENTS))
        killable.kill_relay()
        late += len(await asyncio.to_thread(arrived)) < len(accounts.events())
        await changes

    stored = accounts.events()
    assert len(stored) == 2 + 3 * ACCOUNT_RUNS
    await asyncio.to_thread(until, lambda: arrived() == stored, 60)
    print(f"{ACCOUNT_RUNS} runs, {len(stored)} events, {len(subscriber.received)} arrivals, late at {late} kills")
    assert late >= 1, "the kills came after the events, so they tested nothing"
