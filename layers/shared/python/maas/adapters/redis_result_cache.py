"""Results of predictions in Redis. If Redis is slow, broken or gone, every read is a miss."""

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
# A longer result costs Redis more than it saves.
VALUE_MAX = 256 * 1024
_TIMEOUT = 0.1
PAUSE = 5.0


class RedisResultCache:
    """The ResultCache port. `url` is called when Redis is first needed.

    After a failure Redis is not called for `pause` seconds, or `url_pause` if there is no usable URL, so that calls do
    not wait for it one by one. Calls are synchronous. redis-py closes a connection after a timeout, so a late answer
    is never read by another call.
    """

    def __init__(self, url: RedisUrl, *, pause: float = PAUSE, url_pause: float = URL_PAUSE) -> None:
        self._url = url
        self._pause, self._url_pause = pause, url_pause
        self._redis: redis.Redis | None = None
        self._paused_until = 0.0

    def get(self, key: str) -> bytes | None:
        value = self._call(lambda client: client.get(_name(key)))
        assert value is None or isinstance(value, bytes)
        return value

    def put(self, key: str, value: bytes) -> None:
        if len(value) <= VALUE_MAX:
            self._call(lambda client: client.set(_name(key), value, ex=TTL))

    def _call(self, command: Callable[[redis.Redis], Any]) -> Any:
        if time.monotonic() < self._paused_until:
            return None
        try:
            return command(self._client())
        except redis.AuthenticationError as error:
            self._redis = None  # the password in the secret may have changed
            self._pause_calls(error, self._pause)
        except redis.RedisError as error:
            self._pause_calls(error, self._pause)
        except (Unavailable, ValueError) as error:
            self._pause_calls(error, self._url_pause)
        return None

    def _client(self) -> redis.Redis:
        if self._redis is None:
            self._redis = redis.Redis.from_url(
                self._url(), socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=Retry(NoBackoff(), 0)
            )
        return self._redis

    def _pause_calls(self, error: Exception, pause: float) -> None:
        self._paused_until = time.monotonic() + pause
        count("ResultCacheErrors")
        logger.warning("result cache does not answer", error=type(error).__name__)


def _name(key: str) -> str:
    return f"maas:result:{key}"
