"""Counts of requests in Redis, by the library `limits`. A Redis that is slow, broken or gone is left alone."""

import time

import redis
from limits.storage import RedisStorage
from redis.backoff import NoBackoff
from redis.retry import Retry

from maas.platform.observability import count, logger
from maas.security.redis_url import URL_PAUSE, RedisUrl

PREFIX = "maas:requests"
PAUSE = 5.0
# A minute, and the difference between the clocks of two processes.
_EXPIRY = 120
_TIMEOUT = 0.1


class RedisRequestCounts:
    """The RequestCounts port. `url` is called when Redis is first needed.

    After a failure Redis is not called for `pause` seconds, or `url_pause` if there is no usable URL. So one request of
    a process in `pause` seconds waits for a Redis that hangs, for a tenth of a second.
    """

    def __init__(self, url: RedisUrl, *, pause: float = PAUSE, url_pause: float = URL_PAUSE) -> None:
        self._url, self._pause, self._url_pause = url, pause, url_pause
        self._storage: RedisStorage | None = None
        self._paused_until = 0.0

    def add(self, name: str, amount: int) -> int | None:
        if time.monotonic() < self._paused_until:
            return None
        try:
            return self._connected().incr(name, _EXPIRY, amount)
        except redis.AuthenticationError as error:
            self._storage = None  # the password in the secret may have changed
            self._rest(error, self._pause)
        except Exception as error:  # noqa: BLE001 - redis-py fails in many ways on answers that are not Redis's
            self._rest(error, self._url_pause if self._storage is None else self._pause)
        return None

    def _connected(self) -> RedisStorage:
        if self._storage is None:
            url, retry = self._url(), Retry(NoBackoff(), 0)
            pool = redis.ConnectionPool.from_url(
                url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=retry
            )
            self._storage = RedisStorage(url, connection_pool=pool, key_prefix=PREFIX)
        return self._storage

    def _rest(self, error: Exception, pause: float) -> None:
        self._paused_until = time.monotonic() + pause
        count("RequestCountErrors")
        logger.warning("the counts of requests do not answer", error=type(error).__name__)
