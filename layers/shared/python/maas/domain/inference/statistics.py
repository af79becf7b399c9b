"""Counts of predictions that can be added up over processes and minutes, and the figures that follow from them.

A count has a name: `calls`, `hits`, `cold_starts`, `refused`, `compared`, `disagreed`, `error:<code>`,
`<phase>:<bucket>`, `serving:<bucket>` or `waiting:<bucket>`. Buckets of durations grow by a quarter of a power of two,
so a percentile is at most 9 % off.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, log2
from typing import TypeAlias

PHASES = ("init", "resolve", "download", "load", "queue", "infer", "other", "total")
CALLS, HITS, COLD_STARTS, ERROR, WAITING = "calls", "hits", "cold_starts", "error", "waiting"
# The code of a call whose client went away. It has no answer, so it is no error of the API.
CANCELLED = "cancelled"
# Of both sides of a rollout: calls whose values the model could not compute, answers of a shadow, and durations of
# answers that were computed, without init, download and load.
REFUSED, COMPARED, DISAGREED, SERVING = "refused", "compared", "disagreed", "serving"
PERCENTS = (50, 90, 99)
# From a microsecond to two hours.
BUCKET_MAX = 132
_STEPS = 4
_PLAIN = frozenset({CALLS, HITS, COLD_STARTS, REFUSED, COMPARED, DISAGREED})
_UNIT = 1e-6
_ROLLOUT = "rollout:"

Counts: TypeAlias = Mapping[str, int]
ByVersion: TypeAlias = Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class Slot:
    """A minute of an organization's calls of a model. `minute` counts from 1970. An empty `model_id` is all models."""

    tenant_id: str
    model_id: str
    minute: int


def of_rollout(rollout_id: str) -> str:
    """The text that stands for a model in the slot of a rollout, whose counts are by side and not by version."""
    return f"{_ROLLOUT}{rollout_id}"


def is_rollout(model_id: str) -> bool:
    return model_id.startswith(_ROLLOUT)


@dataclass(frozen=True, slots=True)
class CacheUse:
    """Reads of a cache, and reads that it could not answer."""

    hits: int
    misses: int

    @property
    def hit_rate(self) -> float | None:
        """The part of reads that the cache answered; None if there was none."""
        reads = self.hits + self.misses
        return self.hits / reads if reads > 0 else None


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Percentiles of `count` values: of a phase in seconds, of a queue in calls that wait."""

    count: int
    p50: float
    p90: float
    p99: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the calls of one version, or of all calls of an organization.

    `errors` are by code. `hit_rate` is the part of answered calls whose result was kept from an earlier one, None if
    none was answered. `phases` has the phases that occurred, in seconds. `queue` is the number of calls that waited
    when one came.
    """

    calls: int
    errors: Mapping[str, int]
    hits: int
    hit_rate: float | None
    cold_starts: int
    phases: Mapping[str, Percentiles]
    queue: Percentiles | None


def duration_bucket(seconds: float) -> int:
    """The bucket of a duration; the last one for all that are longer."""
    return min(BUCKET_MAX, max(0, int(log2(seconds / _UNIT) * _STEPS))) if seconds > _UNIT else 0


def seconds_of(bucket: int) -> float:
    """The geometric middle of a bucket of durations."""
    return float(_UNIT * 2.0 ** ((bucket + 0.5) / _STEPS))


def queue_bucket(waiting: int) -> int:
    """The bucket of a queue's length: 0, 1, 2 to 3, 4 to 7, and so on."""
    return min(waiting.bit_length(), 16)


def is_count(name: str) -> bool:
    """Returns whether a name is one of a count; what a store returns may be anything."""
    kind, _, detail = name.partition(":")
    if kind in _PLAIN:
        return not detail
    if kind == ERROR:
        return 0 < len(detail) <= 64 and detail.replace("_", "").isalnum() and detail.isascii()
    return (kind in PHASES or kind in (WAITING, SERVING)) and detail.isdecimal() and int(detail[:4]) <= BUCKET_MAX


def added(into: dict[str, int], counts: Counts) -> dict[str, int]:
    """Adds counts to others, which are changed and returned."""
    for name, number in counts.items():
        into[name] = into.get(name, 0) + number
    return into


def figures(counts: Counts) -> Figures:
    """The figures that follow from counts."""
    parted: dict[str, dict[str, int]] = {}
    for name, number in counts.items():
        kind, _, detail = name.partition(":")
        parted.setdefault(kind, {})[detail] = number
    calls, hits, errors = counts.get(CALLS, 0), counts.get(HITS, 0), parted.get(ERROR, {})
    answered = calls - sum(errors.values())
    durations = {phase: _percentiles(parted[phase], seconds_of) for phase in PHASES if phase in parted}
    return Figures(
        calls=calls,
        errors=dict(sorted(errors.items())),
        hits=hits,
        hit_rate=min(1.0, hits / answered) if answered > 0 else None,
        cold_starts=counts.get(COLD_STARTS, 0),
        phases=durations,
        queue=_percentiles(parted[WAITING], _longest) if WAITING in parted else None,
    )


def values_of(counts: Counts, phase: str, limit: int) -> list[float]:
    """At most `limit` durations in seconds whose percentiles are those of a phase."""
    buckets = {int(name.partition(":")[2]): n for name, n in counts.items() if name.startswith(f"{phase}:")}
    values = [seconds_of(bucket) for bucket, number in sorted(buckets.items()) for _ in range(number)]
    if len(values) <= limit:
        return values
    return [values[(2 * place + 1) * len(values) // (2 * limit)] for place in range(limit)]


def _longest(bucket: int) -> float:
    """The upper bound of a bucket of queues."""
    return 2.0**bucket - 1


def _percentiles(buckets: Counts, value: Callable[[int], float]) -> Percentiles:
    ordered = sorted((int(bucket), number) for bucket, number in buckets.items())
    total = sum(number for _, number in ordered)
    found: list[float] = []
    reached, wanted = 0, [ceil(total * percent / 100) for percent in PERCENTS]
    for bucket, number in ordered:
        reached += number
        while len(found) < len(wanted) and reached >= wanted[len(found)]:
            found.append(value(bucket))
    return Percentiles(total, *found)
