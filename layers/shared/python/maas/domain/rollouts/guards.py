"""Guards of a rollout: figures of the candidate that send the alias back to its old version when they are too bad."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from maas.domain.errors import InvalidInput, Rule
from maas.domain.rollouts.plans import Plan
from maas.domain.value_rules import within

GUARDS_MAX = 10
MIN_CALLS_MAX = 1_000_000
QUANTILE_MIN, QUANTILE_MAX = 0.5, 0.99
# What a guard has that says nothing else.
MIN_CALLS, QUANTILE = 50, 0.9


class Metric(StrEnum):
    """What a guard looks at. docs/decisions/0082-guards-are-sequential-tests.md has the test of each."""

    ERROR_RATE = "error_rate"
    LATENCY = "latency"
    DISAGREEMENT = "disagreement"
    FEEDBACK = "feedback"
    DRIFT = "drift"


# Figures that the candidate of a shadow has, which answers nobody, and those of another candidate, whose answers are
# compared with nothing. A guard of a figure that never comes would hold up the rollout for ever.
_OF_SHADOW = (Metric.ERROR_RATE, Metric.LATENCY, Metric.DISAGREEMENT)
_OF_OTHERS = (Metric.ERROR_RATE, Metric.LATENCY, Metric.FEEDBACK, Metric.DRIFT)

# The lowest and highest threshold. Those of rates are parts of all calls, that of latency is a factor.
_THRESHOLDS = {
    Metric.ERROR_RATE: (0.0, 0.99),
    Metric.LATENCY: (1.0, 100.0),
    Metric.DISAGREEMENT: (0.0, 0.99),
    Metric.FEEDBACK: (0.0, 1e9),
    Metric.DRIFT: (0.0, 0.99),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A bound on the candidate, which is judged from `min_calls` calls of the candidate on.

    The meaning of `threshold`: `error_rate`: the candidate's rate of failed calls may be higher than live's by so much
    (0.01 is one point). `latency`: the candidate's `quantile` of the time of computed answers may be so many times
    live's; the time of starting a process and loading a model is not in it.
    `disagreement`: this part of compared answers may disagree. `feedback`: the candidate's accuracy may be so much
    below live's, or its mean absolute error so much above. `drift`: this part of features may drift.
    `quantile` is that of latency alone.
    """

    metric: Metric
    threshold: float
    min_calls: int = MIN_CALLS
    quantile: float = QUANTILE

    @classmethod
    def of(
        cls, place: int, metric: str, threshold: float | None, min_calls: int | None, quantile: float | None
    ) -> Self:
        """The guard that a wire gives, the one with this place from 0; None is not given.

        Raises InvalidInput: the metric is unknown, there is no threshold, or a number is out of its range.
        """
        if metric not in set(Metric):
            raise InvalidInput.of(f"guards[{place}].metric", Rule.ENUM, f"must be one of {', '.join(Metric)}")
        if threshold is None:
            raise InvalidInput.of(f"guards[{place}].threshold", Rule.REQUIRED, "is required")
        return cls(
            metric=Metric(metric),
            threshold=threshold,
            min_calls=MIN_CALLS if min_calls is None else min_calls,
            quantile=QUANTILE if quantile is None else quantile,
        ).checked(place)

    def checked(self, place: int) -> Self:
        """The guard itself. Raises InvalidInput: a number is not finite or out of its range."""
        low, high = _THRESHOLDS[self.metric]
        within(f"guards[{place}].threshold", self.threshold, low, high)
        within(f"guards[{place}].min_calls", self.min_calls, 1, MIN_CALLS_MAX)
        within(f"guards[{place}].quantile", self.quantile, QUANTILE_MIN, QUANTILE_MAX)
        return self


# Those of a rollout whose owner names none. tests/benchmarks/guards.py measures how soon they find a bad candidate.
DEFAULT_GUARDS = (
    Guard(metric=Metric.ERROR_RATE, threshold=0.01),
    Guard(metric=Metric.LATENCY, threshold=1.25, quantile=0.5),
    Guard(metric=Metric.LATENCY, threshold=1.5, quantile=0.9),
)


def checked_guards(plan: Plan, guards: Sequence[Guard]) -> tuple[Guard, ...]:
    """The guards of a rollout of this plan, each checked.

    Raises InvalidInput: there are too many, one is out of its range or of a figure that the plan does not have, or two
    look at the same figure.
    """
    metrics = _OF_SHADOW if plan is Plan.SHADOW else _OF_OTHERS
    if len(guards) > GUARDS_MAX:
        raise InvalidInput.of("guards", Rule.MAX_ITEMS, f"must have at most {GUARDS_MAX} guards")
    seen: set[tuple[Metric, float]] = set()
    for place, guard in enumerate(guards):
        guard.checked(place)
        if guard.metric not in metrics:
            known = ", ".join(metrics)
            raise InvalidInput.of(f"guards[{place}].metric", Rule.ENUM, f"must be one of {known} in the plan {plan}")
        figure = (guard.metric, guard.quantile if guard.metric is Metric.LATENCY else 0)
        if figure in seen:
            raise InvalidInput.of(f"guards[{place}].metric", Rule.REPEATED, "must be guarded once")
        seen.add(figure)
    return tuple(guards)
