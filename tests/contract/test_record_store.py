"""functions.registry.cache.store.Store: the fake and Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from functions.registry.cache.redis_store import RedisStore
from functions.registry.cache.store import Store
from tests.fakes.record_store import FakeRecordStore, Memory
from tests.redis_server import RedisServer, redis_server


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.fixture(params=["fake", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    made: Store
    if request.param == "fake":
        made = FakeRecordStore(Memory(time.monotonic))
    else:
        made = RedisStore(lambda: request.getfixturevalue("server").url, request.node.name)
    yield made
    await made.close()


async def test_what_was_put_is_there(store: Store) -> None:
    assert await store.put("k", 1, "ü\n1", 60, announce=False)
    assert await store.get("k") == "ü\n1"


async def test_what_was_never_put_is_absent_and_has_no_life(store: Store) -> None:
    assert await store.get("k") is None
    assert await store.life("k") == 0


async def test_an_older_revision_is_refused_and_the_same_one_lives_anew(store: Store) -> None:
    await store.put("k", 7, "seven", 60, announce=False)
    assert not await store.put("k", 6, "six", 60, announce=False)
    assert await store.get("k") == "seven"
    assert await store.put("k", 7, "seven", 600, announce=False)
    assert 590 < await store.life("k") <= 600


async def test_an_emptied_key_refuses_what_is_older(store: Store) -> None:
    await store.put("k", 8, "", 60, announce=False)
    assert not await store.put("k", 7, "seven", 60, announce=False)
    assert await store.get("k") == ""


async def test_a_value_ends_with_its_life(store: Store) -> None:
    await store.put("k", 1, "one", 0.02, announce=False)
    await asyncio.sleep(0.05)
    assert await store.get("k") is None


async def test_who_listens_hears_what_is_announced_and_nothing_else(store: Store) -> None:
    heard: list[tuple[str, int]] = []

    async def listen() -> None:
        async for change in store.changes():
            heard.append(change)

    listening = asyncio.create_task(listen())
    for revision in range(1, 100):  # the subscription takes a moment
        await store.put("first", revision, "x", 60, announce=True)
        await asyncio.sleep(0.05)
        if heard:
            break
    heard.clear()
    await store.put("silent", 1, "x", 60, announce=False)
    await store.put("refused", 2, "x", 60, announce=False)
    await store.put("refused", 1, "x", 60, announce=True)
    await store.put("model:1:é", 3, "x", 60, announce=True)
    await asyncio.sleep(0.1)
    listening.cancel()
    assert heard == [("model:1:é", 3)]


async def test_the_most_read_keys_come_first(store: Store) -> None:
    await store.add_reads({"a": 1, "b": 5, "c": 3})
    await store.add_reads({"a": 10})
    assert await store.most_read(2) == ["a", "b"]
