"""Every implementation of functions.registry.cache.ports.Store: the fake and Redis."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest

from functions.registry.cache.ports import Store
from functions.registry.cache.redis_store import RedisStore
from maas.domain.errors import Unavailable
from tests.fakes.cache_store import FakeRecordStore, Memory


@pytest.fixture(params=["fake", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    made: Store
    if request.param == "fake":
        made = FakeRecordStore(Memory(time.monotonic))
    else:
        made = RedisStore(lambda: request.getfixturevalue("shared_redis").url, request.node.name, lambda: b"key")
    await made.connect()
    yield made
    await made.close()


async def test_a_stored_value_is_read_back(store: Store) -> None:
    assert await store.put("k", 1, "ü\n1", 60, announce=False)
    assert await store.get("k") == "ü\n1"


async def test_an_unknown_key_is_none(store: Store) -> None:
    assert await store.get("k") is None


async def test_an_older_revision_is_refused_and_an_equal_one_renews_the_ttl(store: Store) -> None:
    await store.put("k", 7, "seven", 0.2, announce=False)
    assert not await store.put("k", 6, "six", 60, announce=False)
    assert await store.get("k") == "seven"
    assert await store.put("k", 7, "seven", 60, announce=False)
    await asyncio.sleep(0.3)
    assert await store.get("k") == "seven"


async def test_an_emptied_key_refuses_older_revisions(store: Store) -> None:
    await store.put("k", 8, "", 60, announce=False)
    assert not await store.put("k", 7, "seven", 60, announce=False)
    assert await store.get("k") == ""


async def test_many_keys_are_emptied_each_at_its_revision(store: Store) -> None:
    for key, revision in (("older", 1), ("same", 2), ("newer", 4)):
        await store.put(key, revision, key, 60, announce=False)
    await store.empty({"older": 3, "same": 2, "newer": 3, "absent": 3}, 0.2)
    assert [await store.get(key) for key in ("older", "same", "newer", "absent")] == ["", "", "newer", ""]
    assert not await store.put("older", 2, "old", 60, announce=False)
    await asyncio.sleep(0.3)
    assert [await store.get(key) for key in ("older", "newer")] == [None, "newer"]


async def test_a_value_expires_with_its_ttl(store: Store) -> None:
    await store.put("k", 1, "one", 0.02, announce=False)
    await asyncio.sleep(0.05)
    assert await store.get("k") is None


async def test_listeners_receive_announced_changes_only(store: Store) -> None:
    received: list[tuple[str, int]] = []

    async def listen() -> None:
        async for change in store.changes():
            received.append(change)

    listening = asyncio.create_task(listen())
    for revision in range(1, 100):  # the subscription takes a moment
        await store.put("first", revision, "x", 60, announce=True)
        await asyncio.sleep(0.05)
        if received:
            break
    received.clear()
    await store.put("silent", 1, "x", 60, announce=False)
    await store.put("refused", 2, "x", 60, announce=False)
    await store.put("refused", 1, "x", 60, announce=True)  # as after a deletion: not stored, but announced
    await store.put("model:1:é", 3, "x", 60, announce=True)
    await store.empty({"one": 4, "refused": 1}, 60)
    await asyncio.sleep(0.1)
    listening.cancel()
    assert received == [("refused", 1), ("model:1:é", 3), ("one", 4), ("refused", 1)]


async def test_a_cancelled_call_leaves_no_answer_for_the_next(store: Store) -> None:
    for number in range(20):
        await store.put(f"k{number}", 1, f"v{number}", 60, announce=False)
    answers = 0
    for number in range(160):
        call = asyncio.create_task(store.get(f"k{number % 20}"))
        for _ in range(number % 8):  # cancels after so many steps of the event loop
            await asyncio.sleep(0)
        call.cancel()
        with contextlib.suppress(Unavailable):  # each call reconnects, which may time out on a busy machine
            assert await store.get(f"k{(number + 1) % 20}") == f"v{(number + 1) % 20}"
            answers += 1
    assert answers > 100
