"""Plans of a rollout: how much traffic the candidate gets, for how long, and what follows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from maas.domain.errors import InvalidInput, Rule
from maas.domain.rollouts.sticky import StickyKind

STEPS_MAX = 20
# Thirty days, in seconds.
STEP_SECONDS_MAX = 30 * 24 * 3600


class Plan(StrEnum):
    """`canary` and `blue_green` promote the candidate after their last step; `ab` and `shadow` end by hand.

    The candidate of a `shadow` answers nobody: it computes a share of the calls once more.
    """

    CANARY = "canary"
    AB = "ab"
    SHADOW = "shadow"
    BLUE_GREEN = "blue_green"

    @property
    def promotes(self) -> bool:
        return self in (Plan.CANARY, Plan.BLUE_GREEN)

    @property
    def sticky_by(self) -> StickyKind:
        """What a rollout is sticky by that does not say it: a shadow samples calls, whoever makes them."""
        return StickyKind.RANDOM if self is Plan.SHADOW else StickyKind.CALLER


@dataclass(frozen=True, slots=True)
class Step:
    """The candidate's share of the calls, in percent, for at least `seconds`."""

    percent: float
    seconds: int


DEFAULT_STEPS = {
    Plan.CANARY: (Step(1, 600), Step(5, 600), Step(25, 600), Step(100, 600)),
    Plan.AB: (Step(50, 0),),
    Plan.SHADOW: (Step(10, 0),),
    Plan.BLUE_GREEN: (Step(100, 600),),
}


def plan_of(text: str) -> Plan:
    """Raises InvalidInput (plan)."""
    if text not in [*Plan]:
        raise InvalidInput.of("plan", Rule.ENUM, f"must be one of {', '.join(Plan)}")
    return Plan(text)


def checked_steps(plan: Plan, steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps of a plan; those of DEFAULT_STEPS if there are none.

    Raises:
        InvalidInput: a step breaks a rule; the field is `steps`, `steps[<place>].percent` or `steps[<place>].for`.
    """
    if not steps:
        return DEFAULT_STEPS[plan]
    if len(steps) > STEPS_MAX:
        raise InvalidInput.of("steps", Rule.MAX_ITEMS, f"must have at most {STEPS_MAX} steps")
    if plan is not Plan.CANARY and len(steps) > 1:
        raise InvalidInput.of("steps", Rule.MAX_ITEMS, f"a plan of the kind {plan} has one step")
    if plan is Plan.BLUE_GREEN and steps[0].percent != 100:
        raise InvalidInput.of("steps[0].percent", Rule.RANGE, "must be 100: blue_green moves all calls at once")
    for place, step in enumerate(steps):
        _check(place, step, steps[place - 1].percent if place else 0.0)
    return tuple(steps)


def _check(place: int, step: Step, before: float) -> None:
    if not (math.isfinite(step.percent) and 0 < step.percent <= 100):
        raise InvalidInput.of(f"steps[{place}].percent", Rule.RANGE, "must be more than 0 and at most 100")
    if place and step.percent <= before:
        raise InvalidInput.of(f"steps[{place}].percent", Rule.ORDER, f"must be more than {before:g}, the step before")
    if not 0 <= step.seconds <= STEP_SECONDS_MAX:
        raise InvalidInput.of(f"steps[{place}].for", Rule.RANGE, f"must be from 0 to {STEP_SECONDS_MAX} seconds")
