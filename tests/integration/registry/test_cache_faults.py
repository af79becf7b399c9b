"""The registry's cache over a real Redis that is killed, refuses, swallows, is slow, or answers garbage."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest

from functions.registry.cache.redis_store import RedisStore
from functions.registry.cache.shared import BUDGET
from tests.caches import CountedStore, Process, a_model, process, soon
from tests.faulty_proxy import FaultyProxy, faulty_proxy
from tests.redis_server import RedisServer, redis_server

KEYS = 300

Fault = Callable[[FaultyProxy], Awaitable[None]]
FAULTS: dict[str, Fault] = {
    "refusing": lambda proxy: proxy.refuse(),
    "black-holed": lambda proxy: proxy.black_hole(),
    "slower than the budget": lambda proxy: proxy.slow(BUDGET * 1.5),
    "very slow": lambda proxy: proxy.slow(3),
    "garbage that is no RESP": lambda proxy: proxy.garbage(b"\xff\x00 HTTP/1.1 400 Bad Request\r\n\r\n"),
    "an answer to another question": lambda proxy: proxy.garbage(b"+OK\r\n"),
    "a number": lambda proxy: proxy.garbage(b":17\r\n"),
    "half an answer": lambda proxy: proxy.garbage(b"$100\r\nhalf"),
    "an endless answer": lambda proxy: proxy.garbage(b"$999999999\r\n" + b"x" * 65536),
    "an error": lambda proxy: proxy.garbage(b"-READONLY You can't write against a read only replica.\r\n"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


def models(first: int) -> CountedStore:
    return CountedStore(*(a_model(f"{number:04}") for number in range(first, first + KEYS)))


async def read_all(one: Process, first: int) -> list[float]:
    """Every read is right; seconds that each took, sorted."""
    taken = []
    for number in range(first, first + KEYS):
        started = time.perf_counter()
        assert await one.cache.read(f"model:{number:04}") == a_model(f"{number:04}")
        taken.append(time.perf_counter() - started)
    return sorted(taken)


def p99(taken: list[float]) -> float:
    return taken[int(len(taken) * 0.99) - 1]


@pytest.mark.parametrize("fault", FAULTS)
async def test_trouble_is_no_error_and_adds_less_than_100_ms(server: RedisServer, fault: str) -> None:
    store = CountedStore(*(a_model(f"{number:04}") for number in range(3 * KEYS)))
    async with (
        faulty_proxy(server.port) as proxy,
        process(store, time.monotonic, _redis(proxy.port, fault), budget=BUDGET) as one,
    ):
        base = p99(await read_all(one, 0))
        await FAULTS[fault](proxy)
        began = time.monotonic()
        taken = await read_all(one, KEYS)
        await soon(lambda: one.counters.breaker_open == 1, 1.0 - (time.monotonic() - began))
        assert p99(taken) <= base + 0.1
        await one.write(a_model("0000", revision=2))
        await proxy.heal()
        await soon(lambda: one.counters.breaker_open == 0, 5.0)
        assert await held(server.port, fault, "model:0000") == ""  # what it missed, it was told
        await read_all(one, 2 * KEYS)


async def test_a_killed_redis_is_no_error_and_one_that_is_back_is_used() -> None:
    store = CountedStore(*(a_model(f"{number:04}") for number in range(2 * KEYS)))
    with redis_server() as first:
        async with (
            faulty_proxy(first.port) as proxy,
            process(store, time.monotonic, _redis(proxy.port, "killed"), budget=BUDGET) as one,
        ):
            base = p99(await read_all(one, 0))
            first.kill()
            assert p99(await read_all(one, KEYS)) <= base + 0.1
            assert one.counters.breaker_open == 1
            with redis_server() as second:
                proxy.target = second.port
                await soon(lambda: one.counters.breaker_open == 0, 5.0)
                await one.write(a_model("0001", revision=2))
                assert await held(second.port, "killed", "model:0001")


async def test_a_subscription_that_was_swallowed_is_made_anew(server: RedisServer) -> None:
    """No answer is missing on it: it is silent as one is where nothing changes."""
    store = CountedStore(a_model())
    async with (
        faulty_proxy(server.port) as proxy,
        process(store, time.monotonic, _redis(proxy.port, "heard")) as one,
        process(store, time.monotonic, _redis(server.port, "heard")) as two,
    ):
        await one.cache.read("model:00")
        await proxy.black_hole()
        await asyncio.sleep(0.2)
        await proxy.heal()
        await soon(lambda: one.counters.breaker_open == 0)
        revision = 1

        async def changed() -> bool:
            nonlocal revision
            revision += 1
            await two.write(a_model(revision=revision))
            await asyncio.sleep(0.05)
            return await one.cache.read("model:00") == a_model(revision=revision)

        async with asyncio.timeout(4):  # less than what is held in process lives
            while not await changed():
                pass


async def held(port: int, namespace: str, key: str) -> str | None:
    """What Redis itself holds."""
    store = _redis(port, namespace)
    await store.connect()
    found = await store.get(key)
    await store.close()
    return found


def _redis(port: int, namespace: str) -> RedisStore:
    return RedisStore(lambda: f"redis://127.0.0.1:{port}/0", namespace)
