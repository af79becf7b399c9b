"""Counts the predictions of this process, and hands the counts on at most once a second, from a thread.

A prediction only adds itself to a list in memory (docs/decisions/0074-statistics.md).
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from maas.domain.inference.statistics import (
    CALLS,
    COLD_STARTS,
    ERROR,
    HITS,
    REFUSED,
    SERVING,
    WAITING,
    ByVersion,
    Slot,
    added,
    duration_bucket,
    of_rollout,
    queue_bucket,
)
from maas.platform.background import Background
from maas.platform.timings import Timings

# Models whose counts wait to be handed on. Calls of further ones count for their organization alone.
MODELS_MAX = 255
# Slots that this process keeps for itself: four models a minute for an hour and their organization.
KEPT_MAX = 512
PAUSE = 1.0
# Ended calls that wait to be added up; whoever ends one more adds them up.
_ADDED_UP_AT = 1000
# Takes the place of a version in the counts of an organization. Calls without a version are under an empty one.
ALL = "all"

_Pending = dict[Slot, dict[str, dict[str, int]]]


class Sink(Protocol):
    """Takes counts on: a store, or a log of metrics."""

    def add(self, counts: Mapping[Slot, ByVersion]) -> None: ...


class KeptStatistics:
    """The StatisticsStore port for one process. `kept_max` slots are kept; the oldest is dropped first."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept: OrderedDict[Slot, dict[str, dict[str, int]]] = OrderedDict()
        self._kept_max = kept_max
        self._added: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, counts: Mapping[Slot, ByVersion]) -> None:
        with self._lock:
            for slot, versions in counts.items():
                _add_versions(self._kept.setdefault(slot, {}), versions)
            while len(self._kept) > self._kept_max:
                self._kept.popitem(last=False)

    def add_once(self, name: str, counts: Mapping[Slot, ByVersion]) -> bool:
        """Adds counts, unless those of this name are among the last that were."""
        with self._lock:
            if name in self._added:
                return False
            self._added[name] = None
            if len(self._added) > self._kept_max:
                self._added.popitem(last=False)
        self.add(counts)
        return True

    def read(self, tenant_id: str, model_id: str, minutes: range) -> ByVersion:
        found: dict[str, dict[str, int]] = {}
        with self._lock:
            for minute in minutes:
                _add_versions(found, self._kept.get(Slot(tenant_id, model_id, minute), {}))
        return found


class CallStatistics:
    """Counts predictions. `sinks` get the counts from a thread, `pause` seconds after the last time at the earliest.

    Lambda stops threads between calls. A thread that is stopped goes on with the next call of its environment, so the
    counts of an environment's last second may be lost.
    """

    def __init__(self, sinks: Sequence[Sink], *, pause: float = PAUSE, clock: Callable[[], float] = time.time) -> None:
        self._sinks, self._clock = sinks, clock
        self._ended: deque[tuple[Timings, int]] = deque()
        self._pending: _Pending = {}
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._thread = Background("statistics", self.flush, pause=pause, lost="statistics are lost")

    def count(self, call: Timings) -> None:
        """Counts an ended call. It costs a microsecond and never waits for a sink: the thread adds calls up."""
        self._ended.append((call, int(self._clock() // 60)))
        if len(self._ended) >= _ADDED_UP_AT:
            with self._lock:
                self._add_up()
        self._thread.wake()

    def flush(self) -> None:
        """Hands the counts on that wait."""
        with self._sending:
            with self._lock:
                self._add_up()
                pending, self._pending = self._pending, {}
            if pending:
                for sink in self._sinks:
                    sink.add(pending)

    def _add_up(self) -> None:
        """Adds the calls that have ended to the counts."""
        with suppress(IndexError):  # there is none left
            while True:
                self._add(*self._ended.popleft())

    def _add(self, call: Timings, minute: int) -> None:
        names = _names(call)
        slot = Slot(call.tenant_id, call.model_id, minute)
        has_room = slot in self._pending or len(self._pending) <= MODELS_MAX
        is_counted = bool(call.version) and has_room
        _increase(self._counts(Slot(call.tenant_id, "", minute), ALL if is_counted else ""), names)
        if is_counted:
            _increase(self._counts(slot, call.version), names)
            if call.rollout_id:
                rollout = Slot(call.tenant_id, of_rollout(call.rollout_id), minute)
                _increase(self._counts(rollout, call.side), names + _judged(call))

    def _counts(self, slot: Slot, version: str) -> dict[str, int]:
        return self._pending.setdefault(slot, {}).setdefault(version, {})


def _names(call: Timings) -> list[str]:
    names = [CALLS, f"{WAITING}:{queue_bucket(call.waiting)}"]
    names += [f"{phase}:{duration_bucket(seconds)}" for phase, seconds in call.seconds.items()]
    if call.hit:
        names.append(HITS)
    if call.cold:
        names.append(COLD_STARTS)
    if call.error:
        names.append(f"{ERROR}:{call.error}")
    return names


def _judged(call: Timings) -> list[str]:
    """The names that guards of a rollout need beside the others."""
    if call.error:
        return [REFUSED] if call.refused else []
    if call.shadows:  # the candidate has no request around its model, so the models alone are compared
        return (
            [] if call.hit or "infer" not in call.seconds else [f"{SERVING}:{duration_bucket(call.seconds['infer'])}"]
        )
    starting = sum(call.seconds.get(phase, 0.0) for phase in ("init", "download", "load"))
    return [] if call.hit else [f"{SERVING}:{duration_bucket(call.seconds.get('total', 0.0) - starting)}"]


def _increase(counts: dict[str, int], names: Sequence[str]) -> None:
    for name in names:
        counts[name] = counts.get(name, 0) + 1


def _add_versions(into: dict[str, dict[str, int]], versions: ByVersion) -> None:
    for version, counts in versions.items():
        added(into.setdefault(version, {}), counts)
