"""Races of many callers for one record, with two registry processes on one table.

moto is not exact enough here, because it sometimes loses a conditional update.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import boto3
import pytest

from functions.registry.cache.memory import TTL
from local.servers.ports import free_port
from maas.adapters.registry import channel
from maas.domain.catalog.models import Model, ModelChange
from maas.domain.catalog.versions import Version, VersionState, is_prerelease, sort_key
from maas.domain.errors import AlreadyExists, Contended, RevisionMismatch, Unavailable
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from tests.support.aws import Aws
from tests.support.redis_server import redis_server
from tests.support.registry_client import GrpcRegistry
from tests.support.registry_process import enrolled, ready, registry_process, service_keys
from tests.support.registry_server import make_draft, make_model, make_ready
from tests.support.rounds import FULL
from tests.support.table_engines import Tables

# All rounds take some minutes. The gate has a time limit and runs fewer.
RACERS, RACES = 16, 200 if FULL else 20
WRITERS, UPDATES, ROUNDS = 8, 50, 50 if FULL else 5
PUBLISHES, POLLERS = 200 if FULL else 60, 4
PAUSE = 0.005  # seconds between a poller's reads, which leave processor time to the writers

# The tests take half a minute to two minutes on two idle cores, and longer on busy ones.
pytestmark = pytest.mark.timeout(900)

Registries = tuple[GrpcRegistry, GrpcRegistry]


@pytest.fixture(scope="module")
def addresses(aws: Aws, tables: Tables) -> Iterator[tuple[str, str]]:
    first, second = (f"127.0.0.1:{free_port()}" for _ in range(2))
    with ExitStack() as running:
        shared = {
            "MAAS_TABLES_ENDPOINT": tables.endpoint,
            "MAAS_REGISTRY_TABLE": tables.table,
            "MAAS_IDENTITY_TABLE": tables.identity,
            "MAAS_REDIS_URL": running.enter_context(redis_server()).url,
        }
        for address in (first, second):
            running.enter_context(registry_process(aws, MAAS_REGISTRY_LISTEN=address, **shared))
        yield first, second


@pytest.fixture
def by(tables: Tables) -> Principal:
    return enrolled(boto3.client("dynamodb", endpoint_url=tables.endpoint), tables.identity)


@pytest.fixture
async def registries(
    addresses: tuple[str, str], aws: Aws, by: Principal, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Registries]:
    monkeypatch.setattr(channel, "DEADLINE", 30.0)  # a busy machine must not decide a race
    await asyncio.gather(*(ready(address) for address in addresses))
    first, second = (GrpcRegistry(address, service_keys(aws)) for address in addresses)
    for registry in (first, second):
        await warm_up(registry, by)
    yield first, second
    await first.close()
    await second.close()


async def warm_up(registry: GrpcRegistry, by: Principal) -> None:
    """Repeats a write until it succeeds, because the first one may time out on a busy machine."""
    for _ in range(20):
        with contextlib.suppress(Unavailable):
            await make_model(registry, by, f"model {new_id()}")
            return


async def outcomes(racers: Sequence[Awaitable[Any]]) -> Counter[str]:
    """Counts the results and errors of the racers by type."""
    return Counter(type(outcome).__name__ for outcome in await asyncio.gather(*racers, return_exceptions=True))


ONE_WINNER = {AlreadyExists.__name__: RACERS - 1}


async def test_one_of_16_creators_of_a_name_wins(registries: Registries, by: Principal) -> None:
    for race in range(RACES):
        seen = await outcomes([make_model(registries[n % 2], by, f"race {race}") for n in range(RACERS)])
        assert seen == {**ONE_WINNER, Model.__name__: 1}, f"race {race} of {RACES}"


async def test_one_of_16_creators_of_a_version_wins(registries: Registries, by: Principal) -> None:
    model = await make_model(registries[0], by)
    for race in range(RACES):
        seen = await outcomes([make_draft(registries[n % 2], by, model, f"1.{race}.0") for n in range(RACERS)])
        assert seen == {**ONE_WINNER, Version.__name__: 1}, f"race {race} of {RACES}"


async def test_8_writers_lose_none_of_50_updates_each(registries: Registries, by: Principal) -> None:
    for number in range(ROUNDS):
        model = await make_model(registries[0], by, f"round {number}")
        await asyncio.gather(*(update(registries[n % 2], by, model, f"w{n}") for n in range(WRITERS)))
        left = await registries[0].update_model(by, model.id, ModelChange(description="read from the table"))
        # Each update increments the revision, and each writer's new tag replaces its last.
        assert left.revision == model.revision + WRITERS * UPDATES + 1, f"round {number}: an update was lost"
        assert sorted(left.tags) == [f"w{n}-{UPDATES}" for n in range(WRITERS)], f"round {number}: an update was undone"


async def update(registry: GrpcRegistry, by: Principal, model: Model, writer: str) -> None:
    """Makes UPDATES changes that expect no revision, so that the registry orders them.

    Only one in ten changes tags. Tags are in every list, so such a change takes about 30 writes.
    """
    for number in range(1, UPDATES + 1):
        change = ModelChange(description=f"{writer}-{number}")
        if number % 10 == 0:
            change = ModelChange(add_tags=(f"{writer}-{number}",), remove_tags=(f"{writer}-{number - 10}",))
        await until_done(partial(registry.update_model, by, model.id, change))


async def until_done(write: Callable[[], Awaitable[Any]]) -> None:
    while True:
        try:
            await write()
        except Contended:  # the other registry was always faster, and nothing was changed
            await asyncio.sleep(PAUSE)
        else:
            return


async def test_8_writers_who_expect_revisions_lose_no_update(registries: Registries, by: Principal) -> None:
    updates = 10
    model = await make_model(registries[0], by)
    await asyncio.gather(*(count_up(registries[n % 2], by, model, f"w{n}", updates) for n in range(WRITERS)))
    left = await registries[0].update_model(by, model.id, ModelChange(description="read from the table"))
    assert left.metadata == {f"w{n}": str(updates) for n in range(WRITERS)}
    assert left.revision == model.revision + WRITERS * updates + 1


async def count_up(registry: GrpcRegistry, by: Principal, model: Model, writer: str, updates: int) -> None:
    """Counts up in the metadata. Each change replaces all of it, so a stale write would undo the counts of others."""
    for number in range(1, updates + 1):
        while True:
            seen = await registry.get_model(by, model.id)
            assert seen.metadata.get(writer, "0") == str(number - 1), "an update that was answered is gone"
            counts = {**seen.metadata, writer: str(number)}
            try:
                await registry.update_model(by, model.id, ModelChange(metadata=counts, expected_revision=seen.revision))
                break
            except RevisionMismatch:
                await asyncio.sleep(random.uniform(0, 2 * PAUSE))


class Acknowledged:
    """The releases whose publication each registry has acknowledged, and when."""

    def __init__(self) -> None:
        self._publications: list[tuple[float, int, str]] = []

    def add(self, through: int, number: str) -> None:
        if not is_prerelease(number):
            self._publications.append((time.monotonic(), through, number))

    def due(self, reading: int) -> str:
        """Returns the lowest release that a read at the registry `reading` may return now.

        A registry returns its own publications at once, and the other's after the TTL of its cache.
        """
        now = time.monotonic()
        seen = [number for at, through, number in self._publications if through == reading or now - at > TTL]
        return max(seen, key=sort_key)


async def test_latest_is_never_missing_or_stale_during_200_publications(registries: Registries, by: Principal) -> None:
    acknowledged = Acknowledged()
    model = await make_model(registries[0], by)
    numbers = [f"1.{n}.0" + ("-rc.1" if n % 10 == 9 else "") for n in range(1, PUBLISHES)]
    random.Random(7).shuffle(numbers)
    for number in ["1.0.0", *numbers]:
        await make_ready(registries[0], by, model, number)
    for at, registry in enumerate(registries):  # so that each has acknowledged a publication
        await registry.publish_version(by, model.id, "1.0.0")
        acknowledged.add(at, "1.0.0")
    publishing = [publish(registries, at, by, model, numbers[at::2], acknowledged) for at in range(2)]
    published = asyncio.gather(*publishing)
    reads = await asyncio.gather(*(poll(registries, n % 2, by, model, acknowledged, published) for n in range(POLLERS)))
    await published
    assert min(reads) > PUBLISHES / 10, "the pollers read too rarely"
    await asyncio.sleep(TTL)
    highest = max((number for number in numbers if not is_prerelease(number)), key=sort_key)
    assert [(await one.get_version(by, model.id, "latest")).version for one in registries] == [highest, highest]


async def publish(
    registries: Registries, at: int, by: Principal, model: Model, numbers: Sequence[str], acknowledged: Acknowledged
) -> None:
    for number in numbers:
        await until_done(partial(registries[at].publish_version, by, model.id, number))
        acknowledged.add(at, number)


async def poll(
    registries: Registries,
    at: int,
    by: Principal,
    model: Model,
    acknowledged: Acknowledged,
    publishing: "asyncio.Future[Any]",
) -> int:
    """Reads `latest` at one registry until all versions are published, and returns the number of reads."""
    reads, before = 0, "1.0.0"
    while not publishing.done():
        due = acknowledged.due(at)
        found = await registries[at].get_version(by, model.id, "latest")
        assert found.state is VersionState.PUBLISHED, f"{found.version} is {found.state}"
        assert sort_key(found.version) >= sort_key(before), f"{found.version} after {before}"
        assert sort_key(found.version) >= sort_key(due), f"{found.version}, though {due} was published"
        reads, before = reads + 1, found.version
        await asyncio.sleep(PAUSE)
    return reads
