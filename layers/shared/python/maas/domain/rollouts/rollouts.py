"""Rollouts of aliases: records, what may be asked for, and what may follow which state."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule, WrongState
from maas.domain.rollouts.guards import DEFAULT_GUARDS, Guard, checked_guards
from maas.domain.rollouts.plans import Plan, Step, checked_steps
from maas.domain.rollouts.sticky import StickyBy, StickyKind
from maas.domain.rollouts.tolerances import DEFAULT_TOLERANCE, Tolerance

# Calls that the candidate of a shadow computes at most in an hour.
BUDGET, BUDGET_MAX = 1_000, 1_000_000
START_MAX = timedelta(days=30)


class RolloutState(StrEnum):
    """`preparing` is the state of a release until its candidate is published and loaded."""

    PREPARING = "preparing"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    PROMOTED = "promoted"
    ABORTED = "aborted"

    @property
    def is_active(self) -> bool:
        return self in _ACTIVE

    @property
    def has_begun(self) -> bool:
        """Returns whether calls are routed, or have been."""
        return self not in (RolloutState.PREPARING, RolloutState.SCHEDULED)


_ACTIVE = frozenset({RolloutState.PREPARING, RolloutState.SCHEDULED, RolloutState.RUNNING, RolloutState.PAUSED})


class RolloutAction(StrEnum):
    """`start` ends the preparation or the wait for `start_at`; `advance` goes on to the next step."""

    START = "start"
    ADVANCE = "advance"
    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    ABORT = "abort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A rollout of an alias from `live`, its version, to `candidate`.

    `step` is the place of the current step. `since` is when the current step began, or its state if that came later.
    `revision` is the model's revision after the last change. `reason` is that of the last change. `force` is the reason
    to take a candidate that breaks callers of the live version, empty if it does not. A release `publishes` its
    candidate, and deprecates it if it is aborted. `budget` and `tolerance` are those of a shadow.
    """

    id: str
    live: str
    candidate: str
    plan: Plan
    steps: tuple[Step, ...]
    sticky_by: StickyBy
    guards: tuple[Guard, ...]
    budget: int
    tolerance: Tolerance
    state: RolloutState
    step: int
    since: datetime
    start_at: datetime | None
    publishes: bool
    reason: str
    force: str
    created_by: str
    created_at: datetime
    revision: int

    @property
    def percent(self) -> float:
        """The candidate's share of the calls now, in percent; of a shadow, the share that it computes once more."""
        if not self.state.has_begun or self.state is RolloutState.ABORTED:
            return 0.0
        return 100.0 if self.state is RolloutState.PROMOTED else self.steps[self.step].percent

    @property
    def is_active(self) -> bool:
        return self.state.is_active

    @property
    def routes(self) -> bool:
        """Returns whether calls are routed now."""
        return self.is_active and self.state.has_begun

    @property
    def outline(self) -> "Rollout":
        """What an alias keeps of it once it has ended. Its texts, guards and earlier steps are in the history."""
        return replace(self, steps=self.steps[-1:], step=0, guards=(), reason="", force="")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRollout:
    """A rollout to begin. `candidate` is any reference. No steps are those of the plan; None is DEFAULT_GUARDS.

    With `release` the candidate may be a version that is ready: it is published first.
    """

    alias: str
    candidate: str
    plan: Plan = Plan.CANARY
    steps: Sequence[Step] = ()
    sticky_by: StickyBy = field(default_factory=lambda: StickyBy(StickyKind.CALLER))
    guards: Sequence[Guard] | None = None
    budget: int = BUDGET
    tolerance: Tolerance = DEFAULT_TOLERANCE
    start_at: datetime | None = None
    release: bool = False
    force: str = ""

    def checked(self, now: datetime) -> "NewRollout":
        """This rollout in stored form. Its candidate is not looked at.

        Raises:
            InvalidInput: a field breaks its rule.
        """
        if not 1 <= self.budget <= BUDGET_MAX:
            raise InvalidInput.of("budget", Rule.RANGE, f"must be from 1 to {BUDGET_MAX} calls an hour")
        self.tolerance.checked()
        if self.release and self.start_at is not None:
            raise InvalidInput.of("start_at", Rule.EXCLUSIVE, "must not be given together with release")
        if self.start_at is not None and self.start_at > now + START_MAX:
            raise InvalidInput.of("start_at", Rule.RANGE, f"must be within {START_MAX.days} days")
        return replace(
            self,
            steps=checked_steps(self.plan, self.steps),
            guards=checked_guards(self.plan, DEFAULT_GUARDS if self.guards is None else self.guards),
            force=value_rules.reason(self.force, "force") if self.force else "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutChange:
    """A change of a rollout. `expected` is the rollout's revision, None accepts all."""

    alias: str
    action: RolloutAction
    reason: str = ""
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveRollout:
    """An active rollout with the alias and the model that it is of."""

    tenant_id: str
    model_id: str
    alias: str
    rollout: Rollout


_STATES = {
    RolloutAction.START: (RolloutState.PREPARING, RolloutState.SCHEDULED),
    RolloutAction.ADVANCE: (RolloutState.RUNNING,),
    # A scheduled rollout has no share to keep: who wants none of it aborts it.
    RolloutAction.PAUSE: (RolloutState.RUNNING,),
    RolloutAction.RESUME: (RolloutState.PAUSED,),
    RolloutAction.PROMOTE: (RolloutState.SCHEDULED, RolloutState.RUNNING, RolloutState.PAUSED),
    RolloutAction.ABORT: tuple(_ACTIVE),
}
_AFTER = {
    RolloutAction.START: RolloutState.RUNNING,
    RolloutAction.ADVANCE: RolloutState.RUNNING,
    RolloutAction.PAUSE: RolloutState.PAUSED,
    RolloutAction.RESUME: RolloutState.RUNNING,
    RolloutAction.PROMOTE: RolloutState.PROMOTED,
    RolloutAction.ABORT: RolloutState.ABORTED,
}


def changed(rollout: Rollout, action: RolloutAction, reason: str, at: datetime, revision: int) -> Rollout:
    """The rollout after a change. Raises WrongState if its state does not allow it, or no step follows."""
    if rollout.state not in _STATES[action]:
        raise WrongState.of("action", f"the rollout is {rollout.state}, so it can't {action}")
    step = rollout.step
    if action is RolloutAction.ADVANCE:
        step += 1
        if step == len(rollout.steps):
            raise WrongState.of("action", "the rollout is at its last step: promote it, or abort it")
    return replace(rollout, state=_AFTER[action], step=step, since=at, reason=reason, revision=revision)
