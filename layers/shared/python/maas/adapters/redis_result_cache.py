"""Results of predictions in Redis. A cache may be slow, broken or gone, and nothing else changes."""

import time
from collections.abc import Callable
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from maas.domain.errors import Unavailable
from maas.platform.observability import count, logger
from maas.security.redis_url import URL_PAUSE, RedisUrl

TTL = 3600
# An answer longer than this costs Redis more than it saves.
VALUE_MAX = 256 * 1024
_TIMEOUT = 0.1
PAUSE = 5.0


class RedisResultCache:
    """`url` is called when Redis is first needed. After trouble Redis is left alone for a while, so that calls do not
    wait for it one by one.

    Calls are synchronous: redis-py drops a connection whose answer did not come in time, so that no later
    call can read it.
    """

    def __init__(self, url: RedisUrl, *, pause: float = PAUSE, url_pause: float = URL_PAUSE) -> None:
        self._url = url
        self._pause, self._url_pause = pause, url_pause
        self._redis: redis.Redis | None = None
        self._paused_until = 0.0

    def get(self, key: str) -> bytes | None:
        found = self._tried(lambda client: client.get(_name(key)))
        assert found is None or isinstance(found, bytes)
        return found

    def put(self, key: str, value: bytes) -> None:
        if len(value) <= VALUE_MAX:
            self._tried(lambda client: client.set(_name(key), value, ex=TTL))

    def _tried(self, call: Callable[[redis.Redis], Any]) -> Any:
        if time.monotonic() < self._paused_until:
            return None
        try:
            return call(self._connected())
        except redis.AuthenticationError as error:
            self._redis = None  # the password may have been changed, and the secret with it
            self._trouble(error, self._pause)
        except redis.RedisError as error:
            self._trouble(error, self._pause)
        except (Unavailable, ValueError) as error:
            self._trouble(error, self._url_pause)
        return None

    def _connected(self) -> redis.Redis:
        if self._redis is None:
            self._redis = redis.Redis.from_url(
                self._url(), socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=Retry(NoBackoff(), 0)
            )
        return self._redis

    def _trouble(self, error: Exception, pause: float) -> None:
        self._paused_until = time.monotonic() + pause
        count("ResultCacheErrors")
        logger.warning("result cache does not answer", error=type(error).__name__)


def _name(key: str) -> str:
    return f"maas:result:{key}"
