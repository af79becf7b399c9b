"""Counts of requests in Redis, by the library `limits`. A Redis that is slow, broken or gone is left alone."""

from limits.storage import RedisStorage

from maas.adapters.redis_calls import PAUSE, RedisCalls, pool_of
from maas.security.redis_url import URL_PAUSE, RedisUrl

PREFIX = "maas:requests"
# A minute, and the difference between the clocks of two processes.
_EXPIRY = 120


class RedisRequestCounts:
    """The RequestCounts port. `url` is called when Redis is first needed; see RedisCalls for the pauses.

    So one request of a process in `pause` seconds waits for a Redis that hangs, for a tenth of a second.
    """

    def __init__(self, url: RedisUrl, *, pause: float = PAUSE, url_pause: float = URL_PAUSE) -> None:
        self._calls = RedisCalls(
            url,
            lambda url: RedisStorage(url, connection_pool=pool_of(url), key_prefix=PREFIX),
            metric="RequestCountErrors",
            message="the counts of requests do not answer",
            pause=pause,
            url_pause=url_pause,
        )

    def add(self, name: str, amount: int) -> int | None:
        return self._calls.call(lambda storage: storage.incr(name, _EXPIRY, amount))
