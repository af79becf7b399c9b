"""The store of the second level in Redis, whose URL may have to be read from a secret first."""

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

TIMEOUT = 1.0  # seconds, where no caller waits; where one does, the cache allows less
BEAT = 0.5  # seconds of silence after which a subscription is asked whether it still lives

# A value is its revision, a line feed, and the record's text (empty: nothing older may come back).
# ARGV: milliseconds to live, channel or nothing; and for each key its revision and value.
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
    """Implements functions.registry.cache.store.Store. redis-py drops the connection of a call that was cancelled."""

    def __init__(self, url: RedisUrl, namespace: str) -> None:
        self._url = url
        self._prefix = f"{namespace}:"
        self._channel = f"{namespace}:changes"
        self._redis: Redis | None = None
        self._url_again = 0.0

    async def connect(self) -> None:
        if self._redis is None:
            with self._trouble():
                self._redis = _open(await self._url_now())

    async def ping(self) -> None:
        with self._trouble():
            if not await self._client().ping():
                raise Unavailable("another answer than PONG")

    async def get(self, key: str) -> str | None:
        with self._trouble():
            value = await self._client().get(self._prefix + key)
            if value is None:
                return None
            _, line_feed, text = str(value).partition("\n")
            if not line_feed:
                raise Unavailable("no value of ours")
            return text

    async def put(self, key: str, revision: int, text: str, life: float, *, announce: bool) -> bool:
        return bool(await self._put({key: revision}, text, life, self._channel if announce else ""))

    async def empty(self, revisions: Mapping[str, int], life: float) -> None:
        await self._put(revisions, "", life, self._channel)

    async def changes(self) -> AsyncIterator[tuple[str, int]]:
        with self._trouble():
            async with self._client().pubsub() as subscription:
                await subscription.subscribe(self._channel)
                asked = False
                while True:
                    message = await subscription.get_message(timeout=BEAT)
                    if message is None and asked:
                        raise Unavailable("the subscription is silent")
                    asked = message is None
                    if message is None:
                        await subscription.ping()
                    elif message["type"] == "message":
                        revision, _, name = message["data"].partition(" ")
                        yield name.removeprefix(self._prefix), int(revision)

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()
            await self._redis.connection_pool.disconnect()

    async def _put(self, revisions: Mapping[str, int], text: str, life: float, channel: str) -> int:
        values = (part for revision in revisions.values() for part in (revision, f"{revision}\n{text}"))
        with self._trouble():
            put = self._client().register_script(_PUT)
            return int(await put([self._prefix + key for key in revisions], (int(life * 1000), channel, *values)))

    def _client(self) -> Redis:
        if self._redis is None:
            raise Unavailable("not connected")
        return self._redis

    async def _url_now(self) -> str:
        """Raises Unavailable without asking while the last try to have it is not long ago."""
        if time.monotonic() < self._url_again:
            raise Unavailable("the cache's URL could not be had")
        self._url_again = time.monotonic() + URL_PAUSE
        url = await asyncio.to_thread(self._url)
        self._url_again = 0.0
        return url

    @contextlib.contextmanager
    def _trouble(self) -> Iterator[None]:
        """Any trouble as Unavailable: an answer that is none of Redis's own breaks its client in any way there is."""
        try:
            yield
        except Unavailable:
            raise
        except Exception as error:
            if isinstance(error, AuthenticationError):
                self._redis = None  # the password has changed: the URL is asked for again
            raise Unavailable(type(error).__name__) from error


def _open(url: str) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # with 3 redis-py does not tell a subscription's pong from silence
        decode_responses=True,
    )
    return Redis.from_pool(pool)
