"""Results of predictions in Redis. If Redis is slow, broken, gone or has a foreign value, every read is a miss."""

import time
from collections.abc import Callable
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from maas.platform.observability import count, logger
from maas.security.redis_url import URL_PAUSE, RedisUrl
from maas.security.sealed_values import MAC_SIZE, seal, unseal

TTL = 3600
# A longer result costs Redis more than it saves.
VALUE_MAX = 256 * 1024
# Part of every key and so of every MAC: raised when a release writes another format.
FORMAT = 2
PAUSE = 5.0
_TIMEOUT = 0.1


class RedisResultCache:
    """The ResultCache port. `url` is called when Redis is first needed, `mac_key` for each value.

    A stored value begins with the MAC of its key and content, and a value without it is a miss
    (docs/decisions/0031-sealed-cache-values.md).

    After a failure Redis is not called for `pause` seconds, or `url_pause` if there is no usable URL, so that calls do
    not wait for it one by one. A reply of a type that the command does not have is such a failure. Calls are
    synchronous. redis-py closes a connection after a timeout, so a late answer is never read by another call.
    """

    def __init__(
        self, url: RedisUrl, mac_key: Callable[[], bytes], *, pause: float = PAUSE, url_pause: float = URL_PAUSE
    ) -> None:
        self._url, self._mac_key = url, mac_key
        self._pause, self._url_pause = pause, url_pause
        self._redis: redis.Redis | None = None
        self._paused_until = 0.0

    def get(self, key: str) -> bytes | None:
        found = self._call(lambda client: self._unsealed(key, client.getrange(_name(key), 0, MAC_SIZE + VALUE_MAX)))
        assert found is None or isinstance(found, bytes)
        return found

    def put(self, key: str, value: bytes) -> None:
        if len(value) <= VALUE_MAX:
            self._call(lambda client: _check_stored(client.set(_name(key), self._sealed(key, value), ex=TTL)))

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

    def _call(self, command: Callable[[redis.Redis], Any]) -> Any:
        """The result of `command`, or None."""
        if time.monotonic() < self._paused_until:
            return None
        try:
            return command(self._client())
        except redis.AuthenticationError as error:
            self._redis = None  # the password in the secret may have changed
            self._pause_calls(error, self._pause)
        except redis.ResponseError as error:
            if str(error).startswith("WRONGTYPE"):
                _report_foreign()  # of this key alone; the next put overwrites it
            else:
                self._pause_calls(error, self._pause)
        except Exception as error:  # noqa: BLE001 - redis-py fails in many ways on answers that are not Redis's
            self._pause_calls(error, self._url_pause if self._redis is None else self._pause)
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
    return f"maas:result:{FORMAT}:{key}"


def _check_stored(reply: object) -> None:
    if reply is not True:
        raise redis.InvalidResponse("not OK")


def _report_foreign() -> None:
    count("ResultCacheForeignValues")
    logger.warning("result cache has a foreign value")
