"""Guards: their defaults, and the ones that are refused."""

import math

import pytest

from maas.domain.errors import InvalidInput, Rule
from maas.domain.rollouts.guards import (
    DEFAULT_GUARDS,
    GUARDS_MAX,
    MIN_CALLS,
    MIN_CALLS_MAX,
    QUANTILE,
    Guard,
    Metric,
    checked_guards,
)
from maas.domain.rollouts.plans import Plan


def test_a_guard_takes_defaults_for_what_it_does_not_say() -> None:
    found = Guard.of(0, "error_rate", 0.02, None, None)
    assert found == Guard(metric=Metric.ERROR_RATE, threshold=0.02, min_calls=MIN_CALLS, quantile=QUANTILE)


@pytest.mark.parametrize(
    ("given", "field", "rule"),
    [
        (("errors", 0.1, None, None), "metric", Rule.ENUM),
        (("error_rate", None, None, None), "threshold", Rule.REQUIRED),
        (("error_rate", -0.01, None, None), "threshold", Rule.RANGE),
        (("error_rate", 1.0, None, None), "threshold", Rule.RANGE),
        (("drift", math.nan, None, None), "threshold", Rule.FINITE),
        (("feedback", math.inf, None, None), "threshold", Rule.FINITE),
        (("latency", 0.9, None, None), "threshold", Rule.RANGE),
        (("disagreement", 0.1, 0, None), "min_calls", Rule.RANGE),
        (("disagreement", 0.1, MIN_CALLS_MAX + 1, None), "min_calls", Rule.RANGE),
        (("latency", 2.0, None, 0.4), "quantile", Rule.RANGE),
        (("latency", 2.0, None, 0.999), "quantile", Rule.RANGE),
        (("latency", 2.0, None, math.nan), "quantile", Rule.FINITE),
    ],
)
def test_a_guard_out_of_range_is_refused_by_name(
    given: tuple[str, float | None, int | None, float | None], field: str, rule: Rule
) -> None:
    with pytest.raises(InvalidInput) as refused:
        Guard.of(3, *given)
    assert [(each.field, each.rule) for each in refused.value.fields] == [(f"guards[3].{field}", rule)]


def test_two_guards_of_one_figure_are_refused() -> None:
    rate = Guard(metric=Metric.ERROR_RATE, threshold=0.01)
    with pytest.raises(InvalidInput) as refused:
        checked_guards(Plan.CANARY, [rate, Guard(metric=Metric.ERROR_RATE, threshold=0.2, quantile=0.5)])
    assert [(each.field, each.rule) for each in refused.value.fields] == [("guards[1].metric", Rule.REPEATED)]


def test_latency_is_guarded_at_several_quantiles() -> None:
    guards = [Guard(metric=Metric.LATENCY, threshold=2, quantile=quantile) for quantile in (0.5, 0.9)]
    assert checked_guards(Plan.CANARY, guards) == tuple(guards)


def test_too_many_guards_are_refused() -> None:
    guards = [Guard(metric=Metric.LATENCY, threshold=2, quantile=0.5 + place / 100) for place in range(GUARDS_MAX + 1)]
    with pytest.raises(InvalidInput) as refused:
        checked_guards(Plan.CANARY, guards)
    assert [(each.field, each.rule) for each in refused.value.fields] == [("guards", Rule.MAX_ITEMS)]


def test_the_default_guards_are_good_ones() -> None:
    for plan in Plan:
        assert checked_guards(plan, DEFAULT_GUARDS) == DEFAULT_GUARDS


@pytest.mark.parametrize(
    ("plan", "metric"),
    [
        *((plan, Metric.DISAGREEMENT) for plan in Plan if plan is not Plan.SHADOW),
        (Plan.SHADOW, Metric.FEEDBACK),
        (Plan.SHADOW, Metric.DRIFT),
    ],
)
def test_a_guard_of_a_figure_that_a_plan_does_not_have_is_refused(plan: Plan, metric: Metric) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_guards(plan, [Guard(metric=metric, threshold=0.1)])
    assert [(each.field, each.rule) for each in refused.value.fields] == [("guards[0].metric", Rule.ENUM)]
