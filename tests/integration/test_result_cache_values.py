"""Predictions while Redis holds wrong values, or while a server in its place sends wrong replies."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import redis

from maas.adapters.redis_result_cache import RedisResultCache
from maas.domain.inference.results import RESULT_MAX
from maas.security.sealed_values import MAC_SIZE
from maas.services.inference import InferenceService
from maas.services.kept_results import KeptResults
from maas.services.questions import Prediction, Question
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.captured_logs import logged
from tests.support.http_gateway import person
from tests.support.lying_redis import lying_redis
from tests.support.outputs import plain
from tests.support.redis_server import RedisServer

ADA = person()
TRUTH = {"label": [1]}
DEEP = b"[" * 3000 + b"]" * 3000


class Predictions:
    """Predictions by one model whose results are cached in the Redis at `port`."""

    def __init__(self, registry: FakeRegistry, model_id: str, port: int) -> None:
        self.runtime = FakeRuntime(larger_column)
        self.cache = RedisResultCache(lambda: f"redis://127.0.0.1:{port}/0", lambda: b"key")
        self._service = InferenceService(registry, self.runtime, KeptResults(self.cache, kept_max=0, shared_from=0))
        self._model_id = model_id

    async def predict(self, *features: float) -> Prediction:
        question = Question(model_id=self._model_id, features=list(features), timeout=29.0)
        return await self._service.predict(ADA, question)


async def predictions(port: int) -> Predictions:
    registry = fake_registry()
    model_id = await model_with_file(registry, ADA, {})
    await registry.publish_version(ADA, model_id, "1.0.0")
    return Predictions(registry, model_id, port)


def _keys(client: redis.Redis) -> set[bytes]:
    return {key for key in client.scan_iter() if isinstance(key, bytes)}


Spoil = Callable[[redis.Redis, bytes, bytes], Any]


def _text(wrong: Callable[[bytes], bytes]) -> Spoil:
    """Returns a function that replaces the value of a key by what `wrong` makes of it."""
    return lambda client, key, stored: client.set(key, wrong(stored))


SPOILED: dict[str, Spoil] = {
    "empty": _text(lambda _: b""),
    "empty object": _text(lambda _: b"{}"),
    "null": _text(lambda _: b"null"),
    "no JSON": _text(lambda _: b"not json"),
    "not UTF-8": _text(lambda _: b"\xff\xfe\x00"),
    "NaN": _text(lambda _: b'{"label": [NaN]}'),
    "nested 3,000 deep": _text(lambda _: DEEP),
    "nested 3,000 deep after a MAC": _text(lambda stored: stored[:MAC_SIZE] + DEEP),
    "of an earlier release": _text(lambda _: b'{"label": [0]}'),
    "another output": _text(lambda _: b'{"y": [1]}'),
    "cut off at the end": _text(lambda stored: stored[:-1]),
    "cut off in the middle": _text(lambda stored: stored[: len(stored) // 2]),
    "a MAC alone": _text(lambda stored: stored[:MAC_SIZE]),
    "without its MAC": _text(lambda stored: stored[MAC_SIZE:]),
    "one bit changed": _text(lambda stored: stored[:-4] + bytes([stored[-4] ^ 1]) + stored[-3:]),
    "twice": _text(lambda stored: stored + stored),
    "zeros instead of the MAC": _text(lambda stored: b"0" * MAC_SIZE + stored[MAC_SIZE:]),
    "too long": _text(lambda stored: stored + bytes(RESULT_MAX)),
    "an integer": lambda client, key, _: client.set(key, 5),
    "a list": lambda client, key, stored: client.rpush(key, stored),
    "a hash": lambda client, key, stored: client.hset(key, "label", stored),
    "a set": lambda client, key, stored: client.sadd(key, stored),
    "a sorted set": lambda client, key, stored: client.zadd(key, {stored: 1}),
    "a stream": lambda client, key, stored: client.xadd(key, {b"label": stored}),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
async def test_a_wrong_value_in_redis_is_computed_again_and_overwritten(
    shared_redis: RedisServer, redis_client: redis.Redis, spoil: Spoil
) -> None:
    user = await predictions(shared_redis.port)
    await user.predict(1, 2)
    (key,) = _keys(redis_client)
    stored = redis_client.get(key)
    assert isinstance(stored, bytes)
    redis_client.delete(key)
    spoil(redis_client, key, stored)

    found, again = [await user.predict(1, 2) for _ in range(2)]

    assert (plain(found.outputs), found.cached) == (TRUTH, False)
    assert (plain(again.outputs), again.cached) == (TRUTH, True)


async def test_results_swapped_between_two_keys_are_misses(
    shared_redis: RedisServer, redis_client: redis.Redis
) -> None:
    user = await predictions(shared_redis.port)
    await user.predict(1, 2)
    (first,) = _keys(redis_client)
    await user.predict(2, 1)
    (second,) = _keys(redis_client) - {first}
    redis_client.rename(first, b"spare")
    redis_client.rename(second, first)
    redis_client.rename(b"spare", second)

    found = [await user.predict(1, 2), await user.predict(2, 1)]

    assert [(one.outputs["label"].values(), one.cached) for one in found] == [([1], False), ([0], False)]


async def test_a_result_sealed_with_another_key_is_a_miss(shared_redis: RedisServer, redis_client: redis.Redis) -> None:
    RedisResultCache(lambda: shared_redis.url, lambda: b"another key").put("k", b"1")

    assert RedisResultCache(lambda: shared_redis.url, lambda: b"key").get("k") is None


REPLIES = {
    "an integer": b":1\r\n",
    "a status": b"+OK\r\n",
    "null": b"$-1\r\n",
    "null of RESP3": b"_\r\n",
    "a double": b",1.5\r\n",
    "a boolean": b"#t\r\n",
    "a list": b"*1\r\n$2\r\n{}\r\n",
    "an empty list": b"*0\r\n",
    "a map": b"%1\r\n$1\r\na\r\n$1\r\nb\r\n",
    "a list nested 3,000 deep": b"*1\r\n" * 3000 + b":1\r\n",
    "a wrong value": b"$2\r\n{}\r\n",
    "two values": b"$2\r\n{}\r\n$2\r\n{}\r\n",
    "a negative length": b"$-5\r\n{}\r\n",
    "an endless length": b"$99999999999999999999\r\n{}\r\n",
    "a length that is no number": b"$x\r\n{}\r\n",
    "a value cut off": b"$100\r\n{}\r\n",
    "an error": b"-ERR unknown command\r\n",
    "the wrong type": b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
    "loading": b"-LOADING Redis is loading the dataset in memory\r\n",
    "another server's key": b"-MOVED 1 127.0.0.1:1\r\n",
    "no password": b"-NOAUTH Authentication required.\r\n",
    "read only": b"-READONLY You can't write against a read only replica.\r\n",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
    "noise": b"\xff\xfe\x00\r\n",
    "a closed connection": b"",
}


@pytest.mark.parametrize("honest_handshake", [True, False])
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
async def test_a_wrong_reply_of_redis_changes_no_prediction(reply: bytes, *, honest_handshake: bool) -> None:
    with lying_redis(reply, honest_handshake=honest_handshake) as port:
        user = await predictions(port)

        found = [await user.predict(1, 2) for _ in range(3)]

    assert [(plain(one.outputs), one.cached) for one in found] == [(TRUTH, False)] * 3


@pytest.mark.parametrize("kind", ["an integer", "a list", "a map", "HTTP", "noise"])
async def test_a_reply_of_the_wrong_type_pauses_the_cache(kind: str) -> None:
    with lying_redis(REPLIES[kind]) as port, logged() as log:
        user = await predictions(port)
        for _ in range(5):
            await user.predict(1, 2)

        assert log().count("result cache does not answer") == 1


async def test_a_foreign_value_under_one_key_leaves_the_cache_on_for_others(
    shared_redis: RedisServer, redis_client: redis.Redis
) -> None:
    user = await predictions(shared_redis.port)
    await user.predict(1, 2)
    (key,) = _keys(redis_client)
    await user.predict(2, 1)
    redis_client.delete(key)
    redis_client.rpush(key, json.dumps(TRUTH))

    assert not (await user.predict(1, 2)).cached
    assert (await user.predict(2, 1)).cached
