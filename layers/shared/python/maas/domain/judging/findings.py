"""What the guards of a rollout have seen: figures of both sides, the evidence, and what follows from it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import exp, isfinite
from typing import Self

from maas.domain.judging.sequential import Share, Spread, bounds, mean_bounds
from maas.domain.rollouts.guards import Guard

# The logarithm of the largest e-value that is shown.
_LARGEST = 690.0


class GuardState(StrEnum):
    """GATHERING: there are fewer calls than the guard's `min_calls`."""

    GATHERING = "gathering"
    HOLDS = "holds"
    BREACHED = "breached"


class Waits(StrEnum):
    """The reason why a rollout stays as it is.

    START: its time has not come. LOAD: functions load the candidate. COUNTS: the counts of calls can't be read (Redis).
    FIGURES: other figures can't be read, or a system does not answer. CALLS: a guard has too few calls. TIME: the step
    is not over. PERSON: somebody paused it, or its plan ends by hand.
    """

    START = "start"
    LOAD = "load"
    COUNTS = "counts"
    FIGURES = "figures"
    CALLS = "calls"
    TIME = "time"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Seen:
    """One side: its `calls` (answers, rows), what they came to, and where its true value is by all calls so far.

    `value` is None without calls. `low` and `high` are a confidence sequence; None where a test has none.
    """

    calls: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a guard sees. `calls` are those of the candidate that it has so far, which `min_calls` is about.

    `evidence` is the natural logarithm of an e-value, None where the confidence sequences decide; `alpha` is the
    chance of a false breach that the guard may spend. Latency is in seconds.
    """

    guard: Guard
    calls: int
    is_breached: bool
    text: str
    alpha: float
    live: Share | Spread | Seen
    candidate: Share | Spread | Seen
    evidence: float | None = None

    @property
    def state(self) -> GuardState:
        if self.calls < self.guard.min_calls:
            return GuardState.GATHERING
        return GuardState.BREACHED if self.is_breached else GuardState.HOLDS


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardJudgement:
    """A finding as people read it. The guard is breached once `e_value` reaches `limit`."""

    guard: Guard
    state: GuardState
    live: Seen
    candidate: Seen
    e_value: float | None
    limit: float
    text: str

    @classmethod
    def of(cls, finding: Finding) -> Self:
        e_value = None if finding.evidence is None else exp(min(finding.evidence, _LARGEST))
        return cls(
            guard=finding.guard,
            state=finding.state,
            live=_seen(finding.live, finding.alpha),
            candidate=_seen(finding.candidate, finding.alpha),
            e_value=e_value,
            limit=1 / finding.alpha,
            text=finding.text,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The last look of a judge at a rollout, in its step `step`, at `at` by the judge's clock.

    `result` is what the look came to, `waits_for` why the rollout stayed as it is, None if it did not. `seconds_left`
    are those of the step; None where no time counts.
    """

    at: datetime
    step: int
    result: str
    reason: str
    waits_for: Waits | None = None
    seconds_left: float | None = None
    guards: tuple[GuardJudgement, ...] = ()


def _seen(side: Share | Spread | Seen, alpha: float) -> Seen:
    """Half of the chance is spent on each side's bounds."""
    match side:
        case Share():
            low, high = bounds(side, alpha / 2)
            return Seen(side.calls, side.rate if side.calls else None, low, high)
        case Spread():
            low, high = mean_bounds(side, alpha / 2)
            value = side.mean if side.count else None
            return Seen(side.count, value, *(each if isfinite(each) else None for each in (low, high)))
    return side
