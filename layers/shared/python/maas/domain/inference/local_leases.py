"""Slots of calls in one process: the only ones where nothing is shared. redis_call_leases.py has the same rules."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from maas.domain.inference.concurrency import Answer, Slots, Turn

# Calls that may wait for one kind of slots.
QUEUE_MAX = 100
# Seconds. A waiting call that has not asked for so long has gone away.
WAITING_FOR = 0.5

# The end of a lease, or of a place in the queue, by organization and call.
_Held = dict[tuple[str, str], float]


class LocalLeases:
    """The CallLeases port in memory. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, queue_max: int = QUEUE_MAX) -> None:
        self._clock, self._queue_max = clock, queue_max
        self._running: defaultdict[tuple[str, str], _Held] = defaultdict(dict)
        self._waiting: defaultdict[tuple[str, str], _Held] = defaultdict(dict)

    def take(self, call: str, tenant_id: str, slots: Sequence[Slots], seconds: float) -> Answer:
        now, me = self._clock(), (tenant_id, call)
        full = next((each for each in slots if not self._is_free(each, tenant_id, now)), None)
        if full is None:
            for each in slots:
                self._running[each.kind, each.key][me] = now + seconds
                self._waiting[each.kind, each.key].pop(me, None)
            return Answer(Turn.RUNS)
        queue = _current(self._waiting, full, now)
        if me not in queue and len(queue) >= self._queue_max:
            return Answer(Turn.FULL, full, len(queue))
        queue[me] = now + WAITING_FOR
        return Answer(Turn.WAITS, full, len(queue))

    def give_back(self, call: str, tenant_id: str, slots: Sequence[Slots]) -> None:
        for each in slots:
            for held in (self._running, self._waiting):
                found = held[each.kind, each.key]
                found.pop((tenant_id, call), None)
                if not found:
                    del held[each.kind, each.key]

    def _is_free(self, slots: Slots, tenant_id: str, now: float) -> bool:
        running, waiting = (_current(held, slots, now) for held in (self._running, self._waiting))
        if len(running) >= slots.limit:
            return False
        others = {tenant for tenant, _ in waiting if tenant != tenant_id}
        if not others:
            return True
        sharers = others | {tenant for tenant, _ in running} | {tenant_id}
        own = sum(tenant == tenant_id for tenant, _ in running)
        return own < max(1, slots.limit // len(sharers))


def _current(held: defaultdict[tuple[str, str], _Held], slots: Slots, now: float) -> _Held:
    """The calls that hold these slots, without those that have ended."""
    found = held[slots.kind, slots.key]
    for each in [each for each, end in found.items() if end <= now]:
        del found[each]
    return found
