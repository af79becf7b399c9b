"""Counts of predictions in Redis, one hash for each organization, model and minute. Anything may be read from it."""

from collections.abc import Mapping

import redis
from redis.client import Pipeline

from maas.adapters.redis_calls import PAUSE, RedisCalls, pool_of
from maas.domain.inference.statistics import ByVersion, Slot, added, is_count
from maas.security.redis_url import URL_PAUSE, RedisUrl

PREFIX = "maas:statistics:1"
# The hour that can be asked for, and the minutes at its ends.
EXPIRY = 3720
# Seconds in which counts of one name are added once; a message of the shadow queue ends before.
ONCE = 6 * 3600
# Fields of one hash that are read: versions, times some hundred counts of each.
FIELDS_MAX = 20_000
_NUMBER_MAX = 2**53


class RedisStatistics:
    """The StatisticsStore port. `url` is called when Redis is first needed; see RedisCalls for the pauses.

    A failure after Redis took a command loses counts and never doubles them: nothing is sent twice.
    """

    def __init__(self, url: RedisUrl, *, pause: float = PAUSE, url_pause: float = URL_PAUSE) -> None:
        self._calls = RedisCalls(
            url,
            lambda url: redis.Redis(connection_pool=pool_of(url)),
            metric="StatisticsErrors",
            message="the statistics do not answer",
            pause=pause,
            url_pause=url_pause,
        )

    def add(self, counts: Mapping[Slot, ByVersion]) -> None:
        self._calls.call(lambda client: _add(client, counts))

    def add_once(self, name: str, counts: Mapping[Slot, ByVersion]) -> bool | None:
        """Adds counts unless those of this name were added within ONCE seconds. None if Redis did not answer."""
        return self._calls.call(lambda client: _add_once(client, f"{PREFIX}:once:{name}", counts))

    def read(self, tenant_id: str, model_id: str, minutes: range) -> ByVersion | None:
        slots = [Slot(tenant_id, model_id, minute) for minute in minutes]
        return self._calls.call(lambda client: _read(client, slots))


def _add(client: redis.Redis, counts: Mapping[Slot, ByVersion]) -> None:
    """Adds everything in one round trip."""
    pipeline = client.pipeline(transaction=False)
    _put(pipeline, counts)
    pipeline.execute()


def _add_once(client: redis.Redis, mark: str, counts: Mapping[Slot, ByVersion]) -> bool:
    """Mark and counts are one transaction, which fails if the mark has come meanwhile."""
    with client.pipeline() as pipeline:
        pipeline.watch(mark)  # type: ignore[no-untyped-call]
        if pipeline.exists(mark):
            return False
        pipeline.multi()
        pipeline.set(mark, 1, ex=ONCE)
        _put(pipeline, counts)
        try:
            pipeline.execute()
        except redis.WatchError:
            return False
        return True


def _put(pipeline: Pipeline, counts: Mapping[Slot, ByVersion]) -> None:
    for slot, versions in counts.items():
        for version, named in versions.items():
            for name, number in named.items():
                pipeline.hincrby(_key(slot), f"{version} {name}", number)
        pipeline.expire(_key(slot), EXPIRY)


def _read(client: redis.Redis, slots: list[Slot]) -> ByVersion:
    pipeline = client.pipeline(transaction=False)
    for slot in slots:
        pipeline.hscan(_key(slot), 0, count=FIELDS_MAX)
    found: dict[str, dict[str, int]] = {}
    for _cursor, fields in pipeline.execute():
        for field, number in fields.items():
            version, _, name = field.decode().rpartition(" ")
            if is_count(name) and 0 < int(number) < _NUMBER_MAX:
                added(found.setdefault(version, {}), {name: int(number)})
    return found


def _key(slot: Slot) -> str:
    return f"{PREFIX}:{slot.tenant_id}:{slot.model_id}:{slot.minute}"
