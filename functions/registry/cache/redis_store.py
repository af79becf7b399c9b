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
from maas.redis_url import URL_PAUSE, RedisUrl

TIMEOUT = 0.1  # seconds, for a connection and for an answer
BEAT = 0.5  # seconds of silence after which a subscription is asked whether it still lives
PERIOD = 600  # seconds; the most read keys are those of this period and the one before

# A value is its revision, a line feed, and the record's text (empty: nothing older may come back).
# ARGV: revision, value, milliseconds to live, channel or nothing.
_PUT = """
local held = redis.call('GET', KEYS[1])
if held and tonumber(string.match(held, '^%d+')) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if ARGV[4] ~= '' then redis.call('PUBLISH', ARGV[4], ARGV[1] .. ' ' .. KEYS[1]) end
return 1
"""


class RedisStore:
    """Implements functions.registry.cache.store.Store.

    A call must run to its end: cancelled half way, it would leave its answer to the connection's next user.
    """

    def __init__(self, url: RedisUrl, namespace: str) -> None:
        self._url = url
        self._namespace = namespace
        self._channel = f"{namespace}:changes"
        self._redis: Redis | None = None
        self._url_again = 0.0
        self._opening = asyncio.Lock()

    async def ping(self) -> None:
        with self._trouble():
            if not await (await self._open()).ping():
                raise Unavailable("another answer than PONG")

    async def get(self, key: str) -> str | None:
        with self._trouble():
            value = await (await self._open()).get(self._name(key))
            if value is None:
                return None
            _, line_feed, text = str(value).partition("\n")
            if not line_feed:
                raise Unavailable("no value of ours")
            return text

    async def life(self, key: str) -> float:
        with self._trouble():
            return max(0.0, await (await self._open()).pttl(self._name(key)) / 1000)

    async def put(self, key: str, revision: int, text: str, life: float, *, announce: bool) -> bool:
        with self._trouble():
            put = (await self._open()).register_script(_PUT)
            arguments: list[int | str] = [
                revision,
                f"{revision}\n{text}",
                int(life * 1000),
                self._channel if announce else "",
            ]
            return bool(await put([self._name(key)], arguments))

    async def changes(self) -> AsyncIterator[tuple[str, int]]:
        with self._trouble():
            async with (await self._open()).pubsub() as subscription:
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
                        yield name.removeprefix(self._name("")), int(revision)

    async def add_reads(self, reads: Mapping[str, int]) -> None:
        with self._trouble():
            ranking = self._rankings()[0]
            async with (await self._open()).pipeline(transaction=False) as batch:
                for key, times in reads.items():
                    batch.zincrby(ranking, times, key)
                batch.expire(ranking, 2 * PERIOD)
                await batch.execute()

    async def most_read(self, limit: int) -> list[str]:
        with self._trouble():
            redis = await self._open()
            return [str(key) for key in await redis.zunion(self._rankings())][::-1][:limit]

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()
            await self._redis.connection_pool.disconnect()

    def _name(self, key: str) -> str:
        return f"{self._namespace}:{key}"

    def _rankings(self) -> list[str]:
        """Of this period and the one before."""
        period = int(time.time() / PERIOD)
        return [self._name(f"reads:{number}") for number in (period, period - 1)]

    async def _open(self) -> Redis:
        """Nothing is sent to Redis yet."""
        async with self._opening:
            if self._redis is None:
                self._redis = _client(await self._url_now())
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
        except AuthenticationError as error:
            self._redis = None  # the password has changed: the next call asks for the URL again
            raise Unavailable(type(error).__name__) from error
        except Exception as error:
            raise Unavailable(type(error).__name__) from error


def _client(url: str) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url,
        timeout=TIMEOUT,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # with 3 redis-py does not tell a subscription's pong from silence
        decode_responses=True,
    )
    return Redis.from_pool(pool)
