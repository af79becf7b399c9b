"""The registry's cache over a real Redis that holds foreign values, or sends foreign announcements."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

from functions.registry.cache.keys import ModelKey
from functions.registry.cache.redis_store import VALUE_MAX, RedisStore
from functions.registry.cache.two_level import MOST_READ
from tests.support.caches import KEY, Clock, CountedStore, Process, a_model, process, soon
from tests.support.redis_server import RedisServer

OTHER = ModelKey("01")
NAME, OTHER_NAME = "test:model:00", "test:model:01"

Spoil = Callable[[redis.Redis, bytes], Any]


def _text(wrong: Callable[[bytes], bytes]) -> Spoil:
    """Returns a function that replaces the value of the key by what `wrong` makes of it."""
    return lambda client, stored: client.set(NAME, wrong(stored))


SPOILED: dict[str, Spoil] = {
    "empty": _text(lambda _: b""),
    "no revision": _text(lambda _: b"{}"),
    "no JSON": _text(lambda _: b"hello"),
    "not UTF-8": _text(lambda _: b"1\n\xff\xfe"),
    "a revision without text": _text(lambda _: b"7"),
    "a revision that is no number": _text(lambda stored: b"x\n" + stored.partition(b"\n")[2]),
    "a negative revision": _text(lambda stored: b"-1\n" + stored.partition(b"\n")[2]),
    "an endless revision": _text(lambda stored: b"9" * 500 + b"\n" + stored.partition(b"\n")[2]),
    "a later revision": _text(lambda stored: b"99\n" + stored.partition(b"\n")[2]),
    "of an earlier release": _text(lambda stored: b"99\n" + stored.partition(b"\n")[2][64:]),
    "cut off": _text(lambda stored: stored[:-1]),
    "a field of another type": _text(lambda stored: stored.replace(b'"iris"', b"5")),
    "nested 3,000 deep": _text(lambda _: b"1\n" + b"[" * 3000),
    "too long": _text(lambda stored: stored + bytes(VALUE_MAX)),
    "of another model": lambda client, _: client.copy(OTHER_NAME, NAME, replace=True),
    "an integer": lambda client, _: client.set(NAME, 5),
    "a list": lambda client, stored: client.rpush(NAME, stored),
    "a hash": lambda client, stored: client.hset(NAME, "text", stored),
    "a set": lambda client, stored: client.sadd(NAME, stored),
    "a sorted set": lambda client, stored: client.zadd(NAME, {stored: 1}),
    "a stream": lambda client, stored: client.xadd(NAME, {b"text": stored}),
}


def store(shared_redis: RedisServer) -> RedisStore:
    return RedisStore(lambda: shared_redis.url, "test", lambda: b"key")


async def fill(source: CountedStore, shared_redis: RedisServer) -> None:
    async with process(source, Clock(), store(shared_redis)) as one:
        assert await one.cache.read(KEY)
        assert await one.cache.read(OTHER)


def spoil_first(client: redis.Redis, spoil: Spoil) -> None:
    stored = client.get(NAME)
    assert isinstance(stored, bytes)
    client.delete(NAME)
    spoil(client, stored)


async def read_anew(shared_redis: RedisServer, *models: Any) -> Process:
    """Reads both models in a new process, and returns it; `models` are the records in the table."""
    async with process(CountedStore(*models), time.monotonic, store(shared_redis)) as one:
        for key, model in zip((KEY, OTHER), models, strict=True):
            assert await one.cache.read(key) == model
        assert one.counters.breaker_opened == 0
    return one


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
async def test_a_foreign_value_is_a_miss_of_its_key_alone(
    shared_redis: RedisServer, redis_client: redis.Redis, spoil: Spoil
) -> None:
    models = (a_model("00", revision=3), a_model("01"))
    await fill(CountedStore(*models), shared_redis)
    spoil_first(redis_client, spoil)

    first = await read_anew(shared_redis, *models)
    second = await read_anew(shared_redis, *models)

    assert (first.counters.shared_hits, first.counters.loads) == (1, 1)
    assert (second.counters.shared_hits, second.counters.loads) == (2, 0)


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
async def test_a_change_over_a_foreign_value_leaves_the_cache_on(
    shared_redis: RedisServer, redis_client: redis.Redis, spoil: Spoil
) -> None:
    before, other, after = a_model("00"), a_model("01"), a_model("00", revision=4)
    source = CountedStore(before, other)
    await fill(source, shared_redis)
    async with process(source, time.monotonic, store(shared_redis)) as one:
        spoil_first(redis_client, spoil)
        await one.write(after)
        assert one.counters.breaker_opened == 0

    assert (await read_anew(shared_redis, after, other)).counters.shared_hits >= 1
    assert (await read_anew(shared_redis, after, other)).counters.shared_hits == 2


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"hello",
        b"{}",
        b"x test:model:00",
        b"-1 test:model:00",
        b"9" * 500 + b" test:model:00",
        b"1 other:key",
        b"1 \xff",
        b"7 test:\xff",
        bytes(1000),
    ],
)
async def test_a_foreign_announcement_does_not_end_the_subscription(
    shared_redis: RedisServer, redis_client: redis.Redis, message: bytes
) -> None:
    source = CountedStore(a_model("00"))
    async with (
        process(source, time.monotonic, store(shared_redis)) as one,
        process(source, time.monotonic, store(shared_redis)) as two,
    ):
        await one.cache.read(KEY)
        await soon(lambda: redis_client.pubsub_numsub("test:changes")[0][1] == 2)
        redis_client.publish("test:changes", message)

        await two.write(a_model("00", revision=2))

        for _ in range(50):  # less than PAUSE and the TTL in the process
            if await one.cache.read(KEY) == a_model("00", revision=2):
                break
            await asyncio.sleep(0.005)
        assert await one.cache.read(KEY) == a_model("00", revision=2)
        assert one.counters.breaker_opened == 0


@pytest.mark.parametrize("value", [b"{}", b'0\n[["model", "\\ud800"]]', b"0\n[" * 3000])
async def test_a_foreign_list_of_most_read_keys_warms_nothing(
    shared_redis: RedisServer, redis_client: redis.Redis, value: bytes
) -> None:
    redis_client.set(f"test:{MOST_READ}", value)
    async with process(CountedStore(a_model("00")), time.monotonic, store(shared_redis)) as one:
        await one.cache.warm()
        assert (one.counters.loads, one.counters.breaker_opened) == (0, 0)
