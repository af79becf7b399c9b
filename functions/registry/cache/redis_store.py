"""The second level's store in Redis. The URL may have to be read from a secret first."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ResponseError

from maas.domain.errors import Unavailable
from maas.platform.observability import logger
from maas.security.redis_url import URL_PAUSE, RedisUrl
from maas.security.sealed_values import seal, unseal

TIMEOUT = 1.0  # seconds, for calls that no caller waits for; the cache gives other calls less
HEARTBEAT = 0.5  # seconds of silence after which a subscription is pinged

# Bytes. Longer than the text of any record, and short enough to be read within the budget of a call.
VALUE_MAX = 4 * 1024**2

# A value is its revision, a line feed, and the sealed text of the record, or nothing for an invalidation. Any other
# value is foreign: a miss, which is overwritten or deleted.
_VALUE = re.compile(rb"([0-9]{1,16})\n(.*)", re.DOTALL)
_MESSAGE = re.compile(rb"([0-9]{1,16}) (.+)")

# ARGV: TTL in milliseconds; channel, or empty for no announcement; then revision and value of each key.
_PUT = """
local kept = 0
for number, key in ipairs(KEYS) do
  local revision, value = ARGV[2 * number + 1], ARGV[2 * number + 2]
  local held = redis.pcall('GET', key)
  local newest = type(held) == 'string' and tonumber(string.match(held, '^(%d+)\\n'))
  if not newest or newest <= tonumber(revision) then
    redis.call('SET', key, value, 'PX', ARGV[1])
    kept = kept + 1
  end
  if ARGV[2] ~= '' then redis.call('PUBLISH', ARGV[2], revision .. ' ' .. key) end
end
return kept
"""
# Deletes a foreign value, unless the key has another one by now. ARGV: the value's beginning.
_DISCARD = """
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'table' or (held and ARGV[1] ~= '' and string.sub(held, 1, #ARGV[1]) == ARGV[1]) then
  return redis.call('DEL', KEYS[1])
end
return 0
"""


class RedisStore:
    """Implements functions.registry.cache.ports.Store. redis-py closes the connection of a call that was cancelled.

    `mac_key` returns the key of the MAC that every text has. A foreign value concerns its own key alone.
    """

    def __init__(
        self, url: RedisUrl, namespace: str, mac_key: Callable[[], bytes], *, url_pause: float = URL_PAUSE
    ) -> None:
        self._url, self._url_pause = url, url_pause
        self._prefix = f"{namespace}:"
        self._channel = f"{namespace}:changes"
        self._mac_key = mac_key
        self._redis: Redis | None = None
        self._next_url_read = 0.0

    async def connect(self) -> None:
        if self._redis is None:
            with self._as_unavailable():
                self._redis = _open(await self._read_url())

    async def ping(self) -> None:
        with self._as_unavailable():
            if not await self._client().ping():
                raise Unavailable("another answer than PONG")

    async def get(self, key: str) -> str | None:
        with self._as_unavailable():
            stored = await self._read(key)
            if stored is None:
                return None
            text = self._unsealed(key, stored)
            if text is None:
                logger.warning("the cache has a foreign value", key=key)
                await self._client().register_script(_DISCARD)([self._prefix + key], [stored])
            return text

    async def put(self, key: str, revision: int, text: str, ttl: float, *, announce: bool) -> bool:
        return bool(await self._put({key: revision}, text, ttl, self._channel if announce else ""))

    async def empty(self, revisions: Mapping[str, int], ttl: float) -> None:
        await self._put(revisions, "", ttl, self._channel)

    async def changes(self) -> AsyncIterator[tuple[str, int]]:
        with self._as_unavailable():
            async with self._client().pubsub() as subscription:
                await subscription.subscribe(self._channel)
                pinged = False
                while True:
                    message = await subscription.get_message(timeout=HEARTBEAT)
                    if message is None and pinged:
                        raise Unavailable("the subscription is silent")
                    pinged = message is None
                    if message is None:
                        await subscription.ping()
                    elif message["type"] == "message" and (change := self._change(message["data"])):
                        yield change

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()
            await self._redis.connection_pool.disconnect()

    async def _put(self, revisions: Mapping[str, int], text: str, ttl: float, channel: str) -> int:
        """The number of keys that were stored."""
        with self._as_unavailable():
            values = (
                part for key, revision in revisions.items() for part in (revision, self._sealed(key, revision, text))
            )
            put = self._client().register_script(_PUT)
            return int(await put([self._prefix + key for key in revisions], (int(ttl * 1000), channel, *values)))

    async def _read(self, key: str) -> bytes | None:
        """The value's bytes, at most VALUE_MAX; empty if the key is of another type; None if there is no value."""
        try:
            value = await self._client().getrange(self._prefix + key, 0, VALUE_MAX)
        except ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            return b""
        if not isinstance(value, bytes):
            raise Unavailable("an answer of the wrong type")
        return value or None

    def _sealed(self, key: str, revision: int, text: str) -> bytes:
        return b"%d\n" % revision + (seal(self._mac_key(), _name(key, revision), text.encode()) if text else b"")

    def _unsealed(self, key: str, stored: bytes) -> str | None:
        """The text of a value; None if it is foreign."""
        parts = _VALUE.fullmatch(stored)
        if parts is None or not parts[2]:
            return None if parts is None else ""
        text = unseal(self._mac_key(), _name(key, int(parts[1])), parts[2])
        return None if text is None else text.decode()

    def _change(self, message: bytes) -> tuple[str, int] | None:
        """Key and revision of an announcement; None for any other message."""
        parts = _MESSAGE.fullmatch(message)
        prefix = self._prefix.encode()
        if parts is None or not parts[2].startswith(prefix):
            return None
        return parts[2].removeprefix(prefix).decode(errors="replace"), int(parts[1])

    def _client(self) -> Redis:
        if self._redis is None:
            raise Unavailable("not connected")
        return self._redis

    async def _read_url(self) -> str:
        """The URL. Raises Unavailable without reading it again for `url_pause` seconds after a failure."""
        if time.monotonic() < self._next_url_read:
            raise Unavailable("the cache's URL can't be read")
        self._next_url_read = time.monotonic() + self._url_pause
        url = await asyncio.to_thread(self._url)
        self._next_url_read = 0.0
        return url

    @contextlib.contextmanager
    def _as_unavailable(self) -> Iterator[None]:
        """Turns every exception into Unavailable: redis-py fails in many ways on answers that are not Redis's."""
        try:
            yield
        except Unavailable:
            raise
        except Exception as error:
            if isinstance(error, AuthenticationError):
                self._redis = None  # the password has changed, so the URL is read again
            raise Unavailable(type(error).__name__) from error


def _name(key: str, revision: int) -> str:
    """The name under which a value is sealed."""
    return f"{key}\n{revision}"


def _open(url: str) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # with protocol 3, redis-py does not distinguish a subscription's pong from silence
    )
    return Redis.from_pool(pool)
