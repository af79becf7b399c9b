"""Plans of a rollout: the steps that each has by itself, and the ones that are refused."""

import math

import pytest

from maas.domain.errors import InvalidInput, Rule
from maas.domain.rollouts.plans import (
    DEFAULT_STEPS,
    STEP_SECONDS_MAX,
    STEPS_MAX,
    Plan,
    Step,
    checked_steps,
    plan_of,
)


def refused(plan: Plan, *steps: Step) -> list[tuple[str, Rule]]:
    with pytest.raises(InvalidInput) as error:
        checked_steps(plan, steps)
    return [(each.field, each.rule) for each in error.value.fields]


@pytest.mark.parametrize("plan", Plan)
def test_a_plan_without_steps_has_good_ones_of_its_own(plan: Plan) -> None:
    assert checked_steps(plan, ()) == DEFAULT_STEPS[plan]
    assert checked_steps(plan, DEFAULT_STEPS[plan]) == DEFAULT_STEPS[plan]


def test_a_canary_and_blue_green_promote_by_themselves() -> None:
    assert [plan for plan in Plan if plan.promotes] == [Plan.CANARY, Plan.BLUE_GREEN]


@pytest.mark.parametrize("percent", [-1, 0, -0.0, 100.001, 101, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("plan", [Plan.CANARY, Plan.AB, Plan.SHADOW])
def test_a_percent_is_more_than_0_and_at_most_100(plan: Plan, percent: float) -> None:
    assert refused(plan, Step(percent, 60)) == [("steps[0].percent", Rule.RANGE)]


@pytest.mark.parametrize("percent", [5e-324, 0.01, 99.999, 100])
def test_any_part_of_a_percent_will_do(percent: float) -> None:
    assert checked_steps(Plan.CANARY, [Step(percent, 0)]) == (Step(percent, 0),)


@pytest.mark.parametrize("second", [1, 4.999, 5])
def test_steps_that_do_not_grow_are_refused_at_the_first_that_falls(second: float) -> None:
    assert refused(Plan.CANARY, Step(5, 60), Step(second, 60), Step(3, 60)) == [("steps[1].percent", Rule.ORDER)]


@pytest.mark.parametrize("seconds", [-1, STEP_SECONDS_MAX + 1])
def test_a_step_lasts_at_most_thirty_days(seconds: int) -> None:
    assert refused(Plan.CANARY, Step(1, 60), Step(100, seconds)) == [("steps[1].for", Rule.RANGE)]
    assert checked_steps(Plan.CANARY, [Step(1, STEP_SECONDS_MAX)]) == (Step(1, STEP_SECONDS_MAX),)


def test_too_many_steps_are_refused() -> None:
    steps = [Step(1 + place, 60) for place in range(STEPS_MAX + 1)]
    assert refused(Plan.CANARY, *steps) == [("steps", Rule.MAX_ITEMS)]
    assert len(checked_steps(Plan.CANARY, steps[:-1])) == STEPS_MAX


@pytest.mark.parametrize("plan", [Plan.AB, Plan.SHADOW, Plan.BLUE_GREEN])
def test_other_plans_than_a_canary_have_one_step(plan: Plan) -> None:
    assert refused(plan, Step(50, 60), Step(100, 60)) == [("steps", Rule.MAX_ITEMS)]


def test_blue_green_moves_all_calls() -> None:
    assert refused(Plan.BLUE_GREEN, Step(99, 60)) == [("steps[0].percent", Rule.RANGE)]


@pytest.mark.parametrize("text", ["", "Canary", "canary ", "blue-green", "x" * 10_240])
def test_an_unknown_plan_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        plan_of(text)
    assert [(each.field, each.rule) for each in error.value.fields] == [("plan", Rule.ENUM)]
    assert len(error.value.message) < 200
