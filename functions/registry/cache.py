"""The registry's cache: in process (a few seconds), then Redis (an hour). Both refuse a value older than they hold."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from cachetools import TTLCache
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from functions.registry.connection import TROUBLE, Connection
from functions.registry.ports import Record
from functions.registry.shielded import Shielded
from maas.observability import logger
from maas.redis_url import URL_PAUSE, RedisUrl

LOCAL_TTL, LOCAL_MAX = 5.0, 20_000
SHARED_TTL = 3600.0
# Longer than any read that began before the change can take.
TOMBSTONE_TTL = 60.0
REST = 1.0  # seconds without Redis after it failed, so that not every call waits for it
# Higher than any revision: nothing that was read before a deletion may come back.
GONE = 2**53

# A value is its revision, a line feed, and the record's text (empty: nothing older may come back).
# ARGV: revision, value, milliseconds to live, channel or nothing.
_PUT = """
local held = redis.call('GET', KEYS[1])
if held and tonumber(string.match(held, '^%d+')) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if ARGV[4] ~= '' then redis.call('PUBLISH', ARGV[4], ARGV[1] .. ' ' .. KEYS[1]) end
return 1
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """`record` None: there was something older, which must not come back."""

    revision: int
    record: Record | None


class LocalCache:
    """In process. Entries live a few seconds, so a lost invalidation is forgotten soon."""

    def __init__(self) -> None:
        self._entries: TTLCache[str, Entry] = TTLCache(LOCAL_MAX, LOCAL_TTL)

    def get(self, key: str) -> Record | None:
        entry = self._entries.get(key)
        return entry.record if entry else None

    def put(self, key: str, revision: int, record: Record | None) -> None:
        held = self._entries.get(key)
        if held is None or held.revision < revision:
            self._entries[key] = Entry(revision, record)


class SharedCache:
    """In Redis. Trouble is a miss and a line in the log; changes that Redis missed are told to it when it is back."""

    def __init__(self, url: RedisUrl, namespace: str, local: LocalCache) -> None:
        self._connection = Connection(url)
        self._namespace = namespace
        self._channel = f"{namespace}:changes"
        self._local = local
        self._rest_until = 0.0
        self._owed: dict[str, tuple[int, str]] = {}
        self._shielded = Shielded()
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connects, and from here on tries to stay connected; where it can't be, work goes on without."""
        with contextlib.suppress(*TROUBLE):
            await self._connection.open()
        self._listening = asyncio.create_task(self._listen())

    async def get(self, key: str) -> str | None:
        """The record's text; None for a miss."""
        value = await self._guarded(lambda redis: redis.get(f"{self._namespace}:{key}"))
        return str(value).partition("\n")[2] or None if value else None

    async def put(self, key: str, revision: int, text: str) -> None:
        """What a reader loaded."""
        await self._guarded(lambda redis: self._script(redis, key, revision, text, ""))

    async def changed(self, key: str, revision: int, text: str) -> None:
        """What a writer stored (empty text: it is gone, or not known for sure); the other processes hear of it."""
        if await self._guarded(lambda redis: self._script(redis, key, revision, text, self._channel)) is None:
            self._owed[key] = (revision, text)

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
        await self._shielded.finish()
        await self._connection.close()

    async def _listen(self) -> None:
        """Forgets locally what other processes changed, and pays what is owed; runs until it is cancelled."""
        while True:
            try:
                redis = await self._connection.open()
                async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.subscribe(self._channel)
                    while self._connection.redis is redis:
                        self._hear(await subscription.get_message(timeout=REST))
                        await self._pay()
            except TROUBLE as error:
                self._failed(error)
                await asyncio.sleep(REST if isinstance(error, RedisError | OSError) else URL_PAUSE)

    def _hear(self, message: dict[str, Any] | None) -> None:
        if message is not None:
            revision, _, key = message["data"].partition(" ")
            self._local.put(key.removeprefix(f"{self._namespace}:"), int(revision), None)

    async def _pay(self) -> None:
        owed, self._owed = self._owed, {}
        for key, (revision, text) in owed.items():
            await self.changed(key, revision, text)

    async def _script(self, redis: Redis, key: str, revision: int, text: str, channel: str) -> Any:
        seconds = SHARED_TTL if text else TOMBSTONE_TTL
        life = int(seconds * 1000 * random.uniform(0.9, 1.1))  # noqa: S311 - spreads expiry, no secret
        put = redis.register_script(_PUT)
        return await put([f"{self._namespace}:{key}"], [revision, f"{revision}\n{text}", life, channel])

    async def _guarded(self, call: Callable[[Redis], Awaitable[Any]]) -> Any:
        """The answer, or None when there is trouble.

        The call runs to its end even when the caller is cancelled: a connection left half way through an answer
        would give that answer to its next user.
        """
        redis = self._connection.redis
        if redis is None or time.monotonic() < self._rest_until:
            return None
        return await self._shielded.run(self._tried(call, redis))

    async def _tried(self, call: Callable[[Redis], Awaitable[Any]], redis: Redis) -> Any:
        try:
            return await call(redis)
        except (RedisError, OSError) as error:
            self._failed(error)
            return None

    def _failed(self, error: Exception) -> None:
        self._rest_until = time.monotonic() + REST
        if isinstance(error, AuthenticationError):
            self._connection.forget()
        logger.warning("Redis does not answer; going on without it", reason=type(error).__name__)
