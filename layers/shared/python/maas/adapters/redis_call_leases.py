"""Slots of calls in Redis, with the rules of domain/inference/local_leases.py, which count while Redis does not answer.

Each kind of slots has a sorted set of the calls that run and one of those that wait. A member is "<tenant>/<call>", its
score the end in milliseconds of Redis's clock.
"""

from collections.abc import Sequence
from typing import Any

import redis

from maas.adapters.redis_calls import PAUSE, RedisCalls, pool_of
from maas.domain.inference.concurrency import Answer, Slots, Turn
from maas.domain.inference.local_leases import QUEUE_MAX, WAITING_FOR, LocalLeases
from maas.security.redis_url import URL_PAUSE, RedisUrl

PREFIX = "maas:calls:1"
# Milliseconds. A set that nobody has asked for since is dropped by Redis.
_LIFE = 120_000

# KEYS: for each kind of slots the set of calls that run, and that of calls that wait.
# ARGV: tenant, call, milliseconds of the lease, milliseconds of a place in the queue, length of the queue,
# milliseconds of a set, limits.
# It returns the turn, the place of what is full, from 1 on, and how many calls wait for it.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local tenant, member = ARGV[1], ARGV[1] .. '/' .. ARGV[2]
local lease, waiting_for, queue_max, life = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]

local function tenants(key, into)
  local own = 0
  for _, each in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    local other = string.match(each, '^(.*)/')
    into[other] = true
    if other == tenant then own = own + 1 end
  end
  return own
end

local function is_free(running, waiting, limit)
  redis.call('ZREMRANGEBYSCORE', running, '-inf', now)
  redis.call('ZREMRANGEBYSCORE', waiting, '-inf', now)
  if redis.call('ZCARD', running) >= limit then return false end
  local sharers, others = {}, 0
  tenants(waiting, sharers)
  sharers[tenant] = nil
  for _ in pairs(sharers) do others = others + 1 end
  if others == 0 then return true end
  local own, count = tenants(running, sharers), 0
  sharers[tenant] = true
  for _ in pairs(sharers) do count = count + 1 end
  return own < math.max(1, math.floor(limit / count))
end

for i = 1, #KEYS / 2 do
  local running, waiting = KEYS[2 * i - 1], KEYS[2 * i]
  if not is_free(running, waiting, tonumber(ARGV[6 + i])) then
    if not redis.call('ZSCORE', waiting, member) and redis.call('ZCARD', waiting) >= queue_max then
      return {'full', i, queue_max}
    end
    redis.call('ZADD', waiting, now + waiting_for, member)
    redis.call('PEXPIRE', waiting, life)
    return {'waits', i, redis.call('ZCARD', waiting)}
  end
end
for i = 1, #KEYS / 2 do
  redis.call('ZADD', KEYS[2 * i - 1], now + lease, member)
  redis.call('PEXPIRE', KEYS[2 * i - 1], life)
  redis.call('ZREM', KEYS[2 * i], member)
end
return {'runs', 0, 0}
"""


class RedisCallLeases:
    """The CallLeases port. `url` is called when Redis is first needed; see RedisCalls for the pauses."""

    def __init__(
        self, url: RedisUrl, *, pause: float = PAUSE, url_pause: float = URL_PAUSE, queue_max: int = QUEUE_MAX
    ) -> None:
        self._queue_max = queue_max
        self._local = LocalLeases(queue_max=queue_max)
        self._calls = RedisCalls(
            url,
            lambda url: redis.Redis(connection_pool=pool_of(url)),
            metric="CallLeaseErrors",
            message="the leases of calls do not answer",
            pause=pause,
            url_pause=url_pause,
        )

    def take(self, call: str, tenant_id: str, slots: Sequence[Slots], seconds: float) -> Answer:
        values = [tenant_id, call, int(seconds * 1000), int(WAITING_FOR * 1000), self._queue_max, _LIFE]
        values += [each.limit for each in slots]
        found = self._calls.call(lambda client: _answer(client, slots, values))
        return found or self._local.take(call, tenant_id, slots, seconds)

    def give_back(self, call: str, tenant_id: str, slots: Sequence[Slots]) -> None:
        self._local.give_back(call, tenant_id, slots)
        self._calls.call(lambda client: _give_back(client, f"{tenant_id}/{call}", slots))


def _answer(client: redis.Redis, slots: Sequence[Slots], values: Sequence[Any]) -> Answer:
    """Raises redis.InvalidResponse for a reply that the script does not give."""
    keys = [key for each in slots for key in _keys(each)]
    reply: Any = client.register_script(_TAKE)(keys=keys, args=values)
    try:
        turn, place, waiting = Turn(reply[0].decode()), reply[1], int(reply[2])
        return Answer(turn, slots[place - 1] if place else None, waiting)
    except (TypeError, ValueError, IndexError, AttributeError):
        raise redis.InvalidResponse("not an answer of the script") from None


def _give_back(client: redis.Redis, member: str, slots: Sequence[Slots]) -> None:
    pipeline = client.pipeline(transaction=False)
    for each in slots:
        for key in _keys(each):
            pipeline.zrem(key, member)
    pipeline.execute()


def _keys(slots: Slots) -> tuple[str, str]:
    name = f"{PREFIX}:{slots.kind}:{slots.key}"
    return f"{name}:running", f"{name}:waiting"
