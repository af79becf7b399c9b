"""Calls of a Redis that may be slow, broken or gone: nobody waits for it twice in a row."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from maas.platform.observability import count, logger
from maas.security.redis_url import URL_PAUSE, RedisUrl

PAUSE = 5.0
_TIMEOUT = 0.1

C = TypeVar("C")
R = TypeVar("R")


def pool_of(url: str) -> redis.ConnectionPool:
    """Connections whose calls fail after a tenth of a second, without another attempt."""
    retry = Retry(NoBackoff(), 0)
    return redis.ConnectionPool.from_url(url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=retry)


class RedisCalls(Generic[C]):
    """Calls a client that `connect` makes of the URL, which is read when Redis is first needed.

    After a failure Redis is not called for `pause` seconds, or `url_pause` if there is no usable URL, so that calls do
    not wait for it one by one. Each failure counts as `metric`, and is logged as `message`.
    """

    def __init__(
        self,
        url: RedisUrl,
        connect: Callable[[str], C],
        *,
        metric: str,
        message: str,
        pause: float = PAUSE,
        url_pause: float = URL_PAUSE,
    ) -> None:
        self._url, self._connect = url, connect
        self._metric, self._message = metric, message
        self._pause, self._url_pause = pause, url_pause
        self._client: C | None = None
        self._paused_until = 0.0

    def call(self, command: Callable[[C], R]) -> R | None:
        """The result of `command`; None after a failure, and for its pause."""
        if time.monotonic() < self._paused_until:
            return None
        try:
            return command(self._connected())
        except redis.AuthenticationError as error:
            self._client = None  # the password in the secret may have changed
            self._rest(error, self._pause)
        except Exception as error:  # noqa: BLE001 - redis-py fails in many ways on answers that are not Redis's
            self._rest(error, self._url_pause if self._client is None else self._pause)
        return None

    def _connected(self) -> C:
        if self._client is None:
            self._client = self._connect(self._url())
        return self._client

    def _rest(self, error: Exception, pause: float) -> None:
        self._paused_until = time.monotonic() + pause
        count(self._metric)
        logger.warning(self._message, error=type(error).__name__)
