"""Results of predictions in Redis. A cache may be slow, broken or gone, and nothing else changes."""

import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from maas.observability import count, logger

TTL = 3600
# An answer longer than this costs Redis more than it saves.
VALUE_MAX = 256 * 1024
_TIMEOUT = 0.1
PAUSE = 5.0


class RedisResultCache:
    """`url` is redis://... After trouble Redis is left alone for 5 s, so that calls do not wait for it one by one.

    Calls are synchronous: redis-py drops a connection whose answer did not come in time, so that no later
    call can read it.
    """

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=Retry(NoBackoff(), 0)
        )
        self._paused_until = 0.0

    def get(self, key: str) -> bytes | None:
        if self._paused():
            return None
        try:
            found = self._redis.get(_name(key))
        except redis.RedisError as error:
            self._trouble(error)
            return None
        assert found is None or isinstance(found, bytes)
        return found

    def put(self, key: str, value: bytes) -> None:
        if self._paused() or len(value) > VALUE_MAX:
            return
        try:
            self._redis.set(_name(key), value, ex=TTL)
        except redis.RedisError as error:
            self._trouble(error)

    def _paused(self) -> bool:
        return time.monotonic() < self._paused_until

    def _trouble(self, error: redis.RedisError) -> None:
        self._paused_until = time.monotonic() + PAUSE
        count("ResultCacheErrors")
        logger.warning("result cache does not answer", error=type(error).__name__)


def _name(key: str) -> str:
    return f"maas:result:{key}"
