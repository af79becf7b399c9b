"""Rollouts: what may be asked for, and what may follow which state."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from maas.domain.errors import InvalidInput, Rule, WrongState
from maas.domain.rollouts.guards import DEFAULT_GUARDS, Guard, Metric
from maas.domain.rollouts.plans import DEFAULT_STEPS, Plan, Step
from maas.domain.rollouts.rollouts import (
    BUDGET_MAX,
    START_MAX,
    NewRollout,
    Rollout,
    RolloutAction,
    RolloutState,
    changed,
)
from maas.domain.rollouts.tolerances import Tolerance
from maas.domain.value_rules import REASON_MAX
from tests.support.sample_records import AT, ROLLOUT

NEW = NewRollout(alias="production", candidate="1.1.0")
LATER = AT + timedelta(minutes=5)
ALLOWED = {
    RolloutState.PREPARING: {"start": "running", "abort": "aborted"},
    RolloutState.SCHEDULED: {"start": "running", "promote": "promoted", "abort": "aborted"},
    RolloutState.RUNNING: {"advance": "running", "pause": "paused", "promote": "promoted", "abort": "aborted"},
    RolloutState.PAUSED: {"resume": "running", "promote": "promoted", "abort": "aborted"},
    RolloutState.PROMOTED: {},
    RolloutState.ABORTED: {},
}


def rollout(state: RolloutState, step: int = 0) -> Rollout:
    return replace(ROLLOUT, state=state, step=step)


def test_what_is_not_asked_for_has_defaults() -> None:
    found = NEW.checked(AT)
    assert (found.steps, found.guards) == (DEFAULT_STEPS[Plan.CANARY], DEFAULT_GUARDS)
    assert found.tolerance == Tolerance(absolute=1e-6, relative=0.01)
    assert replace(NEW, guards=()).checked(AT).guards == ()


@pytest.mark.parametrize(
    ("given", "field", "rule"),
    [
        ({"budget": 0}, "budget", Rule.RANGE),
        ({"budget": -1}, "budget", Rule.RANGE),
        ({"budget": BUDGET_MAX + 1}, "budget", Rule.RANGE),
        ({"tolerance": Tolerance(-1e-9, 0)}, "tolerance.absolute", Rule.RANGE),
        ({"tolerance": Tolerance(math.inf, 0)}, "tolerance.absolute", Rule.FINITE),
        ({"tolerance": Tolerance(0, 1.01)}, "tolerance.relative", Rule.RANGE),
        ({"tolerance": Tolerance(0, math.nan)}, "tolerance.relative", Rule.FINITE),
        ({"start_at": AT + START_MAX + timedelta(seconds=1)}, "start_at", Rule.RANGE),
        ({"steps": (Step(101, 60),)}, "steps[0].percent", Rule.RANGE),
        ({"guards": (Guard(metric=Metric.LATENCY, threshold=0.5),)}, "guards[0].threshold", Rule.RANGE),
        ({"force": "x" * (REASON_MAX + 1)}, "force", Rule.MAX_LENGTH),
    ],
)
def test_a_field_that_breaks_its_rule_is_refused_by_name(given: dict[str, object], field: str, rule: Rule) -> None:
    with pytest.raises(InvalidInput) as error:
        replace(NEW, **given).checked(AT)  # type: ignore[arg-type]
    assert [(each.field, each.rule) for each in error.value.fields] == [(field, rule)]


@pytest.mark.parametrize("state", RolloutState)
@pytest.mark.parametrize("action", RolloutAction)
def test_an_action_leads_from_its_states_alone(state: RolloutState, action: RolloutAction) -> None:
    after = ALLOWED[state].get(action)
    if after is None:
        with pytest.raises(WrongState) as error:
            changed(rollout(state), action, "", LATER, 9)
        assert [each.field for each in error.value.fields] == ["action"]
        assert str(state) in error.value.message
        return
    found = changed(rollout(state), action, "why", LATER, 9)
    assert (found.state, found.reason, found.since, found.revision) == (after, "why", LATER, 9)
    assert (found.id, found.created_at, found.force) == (ROLLOUT.id, ROLLOUT.created_at, ROLLOUT.force)


def test_a_rollout_advances_to_its_last_step_and_no_further() -> None:
    found = changed(rollout(RolloutState.RUNNING), RolloutAction.ADVANCE, "", LATER, 9)
    assert (found.step, found.percent) == (1, 100)
    with pytest.raises(WrongState, match="last step") as error:
        changed(found, RolloutAction.ADVANCE, "", LATER, 10)
    assert [each.field for each in error.value.fields] == ["action"]


@pytest.mark.parametrize(
    ("state", "percent"),
    [("preparing", 0), ("scheduled", 0), ("running", 2.5), ("paused", 2.5), ("promoted", 100), ("aborted", 0)],
)
def test_the_share_of_the_candidate(state: str, percent: float) -> None:
    assert rollout(RolloutState(state)).percent == percent


def test_a_pause_keeps_the_step_and_a_resume_begins_it_again() -> None:
    paused = changed(rollout(RolloutState.RUNNING, step=1), RolloutAction.PAUSE, "", LATER, 9)
    resumed = changed(paused, RolloutAction.RESUME, "", LATER + timedelta(hours=1), 10)
    assert (resumed.step, resumed.percent, resumed.since) == (1, 100, LATER + timedelta(hours=1))


def test_active_states() -> None:
    assert [state.value for state in RolloutState if state.is_active] == ["preparing", "scheduled", "running", "paused"]
