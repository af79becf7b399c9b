"""The second level's store in Redis. The URL may have to be read from a secret first."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Mapping

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError

from maas.domain.errors import Unavailable
from maas.security.redis_url import URL_PAUSE, RedisUrl

TIMEOUT = 1.0  # seconds, for calls that no caller waits for; the cache gives other calls less
HEARTBEAT = 0.5  # seconds of silence after which a subscription is pinged

# A value is its revision, a line feed, and the record's text, which is empty for an invalidation.
# ARGV: TTL in milliseconds; channel, or empty for no announcement; then revision and value of each key.
_PUT = """
local kept = 0
for number, key in ipairs(KEYS) do
  local revision, value = ARGV[2 * number + 1], ARGV[2 * number + 2]
  local held = redis.call('GET', key)
  if not held or tonumber(string.match(held, '^%d+')) <= tonumber(revision) then
    redis.call('SET', key, value, 'PX', ARGV[1])
    kept = kept + 1
  end
  if ARGV[2] ~= '' then redis.call('PUBLISH', ARGV[2], revision .. ' ' .. key) end
end
return kept
"""


class RedisStore:
    """Implements functions.registry.cache.ports.Store. redis-py closes the connection of a call that was cancelled."""

    def __init__(self, url: RedisUrl, namespace: str, *, url_pause: float = URL_PAUSE) -> None:
        self._url, self._url_pause = url, url_pause
        self._prefix = f"{namespace}:"
        self._channel = f"{namespace}:changes"
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
            value = await self._client().get(self._prefix + key)
            if value is None:
                return None
            _, line_feed, text = str(value).partition("\n")
            if not line_feed:
                raise Unavailable("a value in an unknown format")
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
                    elif message["type"] == "message":
                        revision, _, name = message["data"].partition(" ")
                        yield name.removeprefix(self._prefix), int(revision)

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()
            await self._redis.connection_pool.disconnect()

    async def _put(self, revisions: Mapping[str, int], text: str, ttl: float, channel: str) -> int:
        """The number of keys that were stored."""
        values = (part for revision in revisions.values() for part in (revision, f"{revision}\n{text}"))
        with self._as_unavailable():
            put = self._client().register_script(_PUT)
            return int(await put([self._prefix + key for key in revisions], (int(ttl * 1000), channel, *values)))

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


def _open(url: str) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # with protocol 3, redis-py does not distinguish a subscription's pong from silence
        decode_responses=True,
    )
    return Redis.from_pool(pool)
