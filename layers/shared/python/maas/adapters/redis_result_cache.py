"""Results of predictions in Redis. If Redis is slow, broken, gone or has a foreign value, every read is a miss."""

from collections.abc import Callable

import redis

from maas.adapters.redis_calls import PAUSE, RedisCalls, pool_of
from maas.domain.inference.results import CACHED_FOR, RESULT_MAX
from maas.platform.observability import count, logger
from maas.security.redis_url import URL_PAUSE, RedisUrl
from maas.security.sealed_values import MAC_SIZE, seal, unseal

# Part of every key and so of every MAC: raised when a release writes another format.
FORMAT = 4


class RedisResultCache:
    """The ResultCache port. `url` is called when Redis is first needed, `mac_key` for each value.

    A stored value begins with the MAC of its key and content, and a value without it is a miss
    (docs/decisions/0031-sealed-cache-values.md).

    A failure is a miss and begins a pause (see RedisCalls). A reply of a type that the command does not have is such a
    failure. Calls are synchronous. redis-py closes a connection after a timeout, so a late answer is never read by
    another call.
    """

    def __init__(
        self, url: RedisUrl, mac_key: Callable[[], bytes], *, pause: float = PAUSE, url_pause: float = URL_PAUSE
    ) -> None:
        self._mac_key = mac_key
        self._calls = RedisCalls(
            url,
            lambda url: redis.Redis(connection_pool=pool_of(url)),
            metric="ResultCacheErrors",
            message="result cache does not answer",
            pause=pause,
            url_pause=url_pause,
        )

    def get(self, key: str) -> bytes | None:
        return self._calls.call(lambda client: self._read(client, key))

    def put(self, key: str, value: bytes) -> None:
        if len(value) <= RESULT_MAX:
            self._calls.call(
                lambda client: _check_stored(client.set(_name(key), self._sealed(key, value), ex=CACHED_FOR))
            )

    def _read(self, client: redis.Redis, key: str) -> bytes | None:
        try:
            stored = client.getrange(_name(key), 0, MAC_SIZE + RESULT_MAX)
        except redis.ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            _report_foreign()  # of this key alone; the next put overwrites it
            return None
        return self._unsealed(key, stored)

    def _sealed(self, key: str, value: bytes) -> bytes:
        return seal(self._mac_key(), _name(key), value)

    def _unsealed(self, key: str, stored: object) -> bytes | None:
        """The value, or None if it was not stored under `key` by this class."""
        if not isinstance(stored, bytes):
            raise redis.InvalidResponse("not a string")
        value = unseal(self._mac_key(), _name(key), stored)
        if stored and value is None:  # the reply for an absent key is empty
            _report_foreign()
        return value


def _name(key: str) -> str:
    return f"maas:result:{FORMAT}:{key}"


def _check_stored(reply: object) -> None:
    if reply is not True:
        raise redis.InvalidResponse("not OK")


def _report_foreign() -> None:
    count("ResultCacheForeignValues")
    logger.warning("result cache has a foreign value")
