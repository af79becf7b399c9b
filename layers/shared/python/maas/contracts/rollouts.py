"""Bodies of the rollout routes."""

from datetime import datetime

from pydantic import Field

from maas.contracts.base import Answer, Body, Integer
from maas.contracts.tolerances import ToleranceBody


class StepBody(Body):
    """The candidate's share of the calls in percent, for at least so many seconds."""

    percent: float
    for_: Integer = Field(alias="for")


class GuardBody(Body):
    """A bound on the candidate. A breach aborts the rollout.

    `error_rate`: the candidate's rate of failed calls may be higher than live's by `threshold` (0.01 is one point).
    `latency`: the candidate's `quantile` of the time of computed answers may be `threshold` times that of live.
    `disagreement`: this part of compared answers may disagree. `feedback`: the candidate's accuracy may be so much
    below live's. `drift`: this part of features may drift.
    """

    metric: str
    threshold: float
    min_calls: Integer | None = None
    quantile: float | None = None


class StartRollout(Body):
    """`candidate` is any reference. Without `steps` the plan has its own, without `guards` those of every rollout.

    `sticky_by` is caller, random, query (the query field routing_key) or header:<name>; by default random for a shadow,
    which samples calls, and caller else. `budget` is how many calls the candidate of a shadow computes at most in an
    hour, and `tolerance` how far its numbers may be from live's. `force` is the reason to take a candidate that breaks
    callers.
    With `release` the candidate may be a version that is ready: it is published and loaded first.
    """

    candidate: str
    plan: str = "canary"
    steps: list[StepBody] = Field(default_factory=list)
    sticky_by: str | None = None
    guards: list[GuardBody] | None = None
    budget: Integer = 1000
    tolerance: ToleranceBody = Field(default_factory=ToleranceBody)
    start_at: str | None = None
    release: bool = False
    force: str = ""


class ChangeRollout(Body):
    """`action` is start, advance, pause, resume, promote or abort."""

    action: str
    reason: str = ""


class StepAnswer(Answer):
    percent: float
    for_: int = Field(serialization_alias="for")


class GuardAnswer(Answer):
    metric: str
    threshold: float
    min_calls: int
    quantile: float


class ToleranceAnswer(Answer):
    absolute: float
    relative: float


class RolloutAnswer(Answer):
    """A rollout. `percent` is the candidate's share now; of a shadow, the part of calls that it computes once more.

    `state` is preparing, scheduled, running, paused, promoted or aborted. `step` counts from 0. `since` is when the
    step or the state began. `reason` is that of the last change. A release `publishes` its candidate, and deprecates
    it if it is aborted.
    """

    id: str
    alias: str
    live: str
    candidate: str
    plan: str
    state: str
    percent: float
    step: int
    steps: list[StepAnswer]
    since: datetime
    sticky_by: str
    guards: list[GuardAnswer]
    budget: int
    tolerance: ToleranceAnswer
    start_at: datetime | None
    publishes: bool
    reason: str | None
    force: str | None
    created_by: str
    created_at: datetime
    revision: int


class SeenAnswer(Answer):
    """One side of a rollout: its `calls`, what they came to, and a confidence sequence of that.

    `value` is a rate, a number of seconds, a mean absolute error or a part of features. Null is unknown.
    """

    calls: int
    value: float | None
    low: float | None
    high: float | None


class JudgedGuardAnswer(GuardAnswer):
    """What the judge last saw by a guard. `state` is gathering, holds or breached.

    The guard is breached once `e_value` reaches `limit`; `e_value` is null where the confidence sequences decide.
    """

    state: str
    live: SeenAnswer
    candidate: SeenAnswer
    e_value: float | None
    limit: float
    text: str


class JudgementAnswer(Answer):
    """The last look of the judge, in the step `step`. `result` is what it came to, `reason` has the numbers.

    `waits_for` is start, load, counts, figures, calls, time or person, and null if the rollout went on.
    `seconds_left` are those of the step, null where no time counts.
    """

    at: datetime
    step: int
    result: str
    waits_for: str | None
    seconds_left: float | None
    reason: str
    guards: list[JudgedGuardAnswer]


class JudgedRolloutAnswer(RolloutAnswer):
    """A rollout with what the judge last saw of it; null before its first look, and while that can't be read."""

    judgement: JudgementAnswer | None
