"""Counts of requests in Redis, by the library `limits`. A Redis that is slow, broken or gone is left alone."""

from collections.abc import Mapping, Sequence

from limits.storage import RedisStorage
from redis.exceptions import NoScriptError

from maas.adapters.redis_calls import PAUSE, RedisCalls, pool_of
from maas.security.redis_url import URL_PAUSE, RedisUrl

PREFIX = "maas:requests"
# A minute, and the difference between the clocks of two processes.
EXPIRY = 120


class RedisRequestCounts:
    """The RequestCounts port. `url` is called when Redis is first needed; see RedisCalls for the pauses.

    So one request of a process in `pause` seconds waits for a Redis that hangs, for a tenth of a second. A count is
    forgotten `expiry` seconds after its first amount.
    """

    def __init__(
        self, url: RedisUrl, *, expiry: int = EXPIRY, pause: float = PAUSE, url_pause: float = URL_PAUSE
    ) -> None:
        self._expiry = expiry
        self._calls = RedisCalls(
            url,
            lambda url: RedisStorage(url, connection_pool=pool_of(url), key_prefix=PREFIX),
            metric="RequestCountErrors",
            message="the counts of requests do not answer",
            pause=pause,
            url_pause=url_pause,
        )

    def add(self, amounts: Mapping[str, int]) -> Sequence[int] | None:
        return self._calls.call(lambda storage: _added(storage, amounts, self._expiry))


def _added(storage: RedisStorage, amounts: Mapping[str, int], expiry: int) -> Sequence[int]:
    """The sums, in one call. A Redis that has lost the library's script gets it again with the next one."""
    script = storage.lua_incr_expire
    calls = storage.storage.pipeline(transaction=False)
    for name, amount in amounts.items():
        calls.evalsha(script.sha, 1, storage.prefixed_key(name), expiry, amount)
    try:
        return [int(total) for total in calls.execute()]
    except NoScriptError:
        return [storage.incr(name, expiry, amount) for name, amount in amounts.items()]
