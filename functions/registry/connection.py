"""The connection to Redis, whose URL may have to be read from a secret first."""

import asyncio

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from maas.domain.errors import Unavailable
from maas.redis_url import RedisUrl

TIMEOUT = 0.1  # seconds, for a connection and for an answer
# Whatever can come between us and Redis, the secret with its URL included.
TROUBLE = (RedisError, OSError, Unavailable, ValueError)


class Connection:
    """`redis` is None until the URL is there."""

    def __init__(self, url: RedisUrl) -> None:
        self._url = url
        self.redis: Redis | None = None

    async def open(self) -> Redis:
        """Raises one of TROUBLE where the URL can't be had; nothing is sent to Redis."""
        if self.redis is None:
            pool = BlockingConnectionPool.from_url(
                await asyncio.to_thread(self._url),
                timeout=TIMEOUT,
                socket_timeout=TIMEOUT,
                socket_connect_timeout=TIMEOUT,
                retry=Retry(NoBackoff(), 0),
                decode_responses=True,
            )
            self.redis = Redis.from_pool(pool)
        return self.redis

    def forget(self) -> None:
        """The password is not right any more: the next `open` asks for the URL again."""
        self.redis = None

    async def close(self) -> None:
        if self.redis is not None:
            await self.redis.aclose()
            await self.redis.connection_pool.disconnect()
