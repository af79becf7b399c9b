"""Verdicts on steps of rollouts, and how often and how soon they are right."""

import pytest

from maas.domain.judging.figures import Drift, Errors, Figures, Labels, Side
from maas.domain.judging.sequential import Share, Spread
from maas.domain.judging.verdicts import Outcome, judge
from maas.domain.rollouts.guards import DEFAULT_GUARDS, Guard, Metric
from tests.support.rollout_runs import Kind, Run

RUNS = 200


def figures(live: Share, candidate: Share) -> Figures:
    durations = [{60: share.calls} if share.calls else {} for share in (live, candidate)]
    return Figures(live=Side(live, durations[0]), candidate=Side(candidate, durations[1]))


def guard(metric: Metric, threshold: float, min_calls: int = 50) -> Guard:
    return Guard(metric=metric, threshold=threshold, min_calls=min_calls)


EQUAL = figures(Share(10, 1000), Share(1, 100))


def test_a_breach_says_the_guard_and_the_numbers() -> None:
    found = judge([guard(Metric.ERROR_RATE, 0.01)], figures(Share(10, 1000), Share(20, 100)))
    assert (found.outcome, found.guard) == (Outcome.BREACH, guard(Metric.ERROR_RATE, 0.01))
    assert found.reason == (
        "error_rate: 20 of 100 (20 %) calls of the candidate failed and 10 of 1,000 (1 %) of live; "
        "it may be 1 % of all calls higher"
    )


def test_equal_versions_pass() -> None:
    assert judge(DEFAULT_GUARDS, EQUAL).outcome is Outcome.PASS


def test_a_guard_holds_until_it_has_its_calls() -> None:
    found = judge([guard(Metric.ERROR_RATE, 0.01, 200)], figures(Share(10, 1000), Share(60, 100)))
    assert found.outcome is Outcome.HOLD
    assert found.reason.startswith("error_rate waits for 200 calls of the candidate and has 100; ")


def test_a_breach_counts_before_another_guard_has_its_calls() -> None:
    guards = [guard(Metric.DISAGREEMENT, 0.1), guard(Metric.ERROR_RATE, 0.01)]
    assert judge(guards, figures(Share(10, 1000), Share(20, 100))).outcome is Outcome.BREACH


def test_a_rollout_without_guards_passes() -> None:
    assert judge([], EQUAL).reason == "the rollout has no guards"


def test_a_candidate_without_a_call_of_live_to_compare_with_is_bounded_by_the_threshold_alone() -> None:
    found = figures(Share(0, 0), Share(60, 60))
    assert judge([guard(Metric.ERROR_RATE, 0.01)], found).outcome is Outcome.BREACH
    assert judge([guard(Metric.ERROR_RATE, 0.01)], figures(Share(0, 0), Share(0, 60))).outcome is Outcome.PASS


def test_latency_without_a_call_of_live_to_compare_with_holds() -> None:
    found = judge([guard(Metric.LATENCY, 1.5)], figures(Share(0, 0), Share(0, 60)))
    assert found.outcome is Outcome.HOLD
    assert "unknown of live" in found.reason


@pytest.mark.parametrize(("disagree", "outcome"), [(60, Outcome.BREACH), (4, Outcome.PASS)])
def test_answers_of_a_shadow_may_disagree_so_often(disagree: int, outcome: Outcome) -> None:
    found = Figures(live=EQUAL.live, candidate=EQUAL.candidate, compared=Share(disagree, 200))
    assert judge([guard(Metric.DISAGREEMENT, 0.05)], found).outcome is outcome


@pytest.mark.parametrize(("wrong", "outcome"), [(120, Outcome.BREACH), (42, Outcome.PASS)])
def test_labels_show_a_worse_candidate(wrong: int, outcome: Outcome) -> None:
    feedback = Labels(live=Share(80, 400), candidate=Share(wrong, 200))
    found = Figures(live=EQUAL.live, candidate=EQUAL.candidate, feedback=feedback)
    assert judge([guard(Metric.FEEDBACK, 0.05)], found).outcome is outcome


@pytest.mark.parametrize(("mean", "outcome"), [(4.0, Outcome.BREACH), (2.1, Outcome.PASS)])
def test_scores_show_a_worse_candidate(mean: float, outcome: Outcome) -> None:
    feedback = Errors(live=Spread(1000, 2.0, 9.0), candidate=Spread(1000, mean, 9.0))
    found = Figures(live=EQUAL.live, candidate=EQUAL.candidate, feedback=feedback)
    assert judge([guard(Metric.FEEDBACK, 0.5)], found).outcome is outcome


def test_a_guard_of_feedback_waits_for_feedback() -> None:
    assert judge([guard(Metric.FEEDBACK, 0.05)], EQUAL).outcome is Outcome.HOLD


@pytest.mark.parametrize(
    ("p_values", "looks", "outcome"),
    [
        ((1e-9, 1e-9, 0.5, 0.7), 1, Outcome.BREACH),
        ((1e-9, 0.3, 0.5, 0.7), 1, Outcome.PASS),
        ((0.02, 0.02, 0.5, 0.7), 1, Outcome.PASS),
        ((0.001, 0.001, 0.5, 0.7), 1, Outcome.BREACH),
        ((0.001, 0.001, 0.5, 0.7), 30, Outcome.PASS),
    ],
)
def test_each_look_at_drift_spends_a_part_of_the_chance(
    p_values: tuple[float, ...], looks: int, outcome: Outcome
) -> None:
    found = Figures(live=EQUAL.live, candidate=EQUAL.candidate, drift=Drift(p_values, 500, looks))
    assert judge([guard(Metric.DRIFT, 0.25)], found).outcome is outcome


@pytest.mark.parametrize("steps", [(1, 5, 25, 100), (50,)])
def test_at_most_five_in_a_hundred_rollouts_of_equal_versions_are_aborted(steps: tuple[int, ...]) -> None:
    ends = [Run(Kind(), Kind(), look=10, steps=steps).end(seed) for seed in range(RUNS)]
    assert sum(end.is_aborted for end in ends) <= 0.05 * RUNS


@pytest.mark.parametrize("steps", [(1, 5, 25, 100), (50,), (100,)])
def test_a_candidate_with_a_fifth_of_errors_is_found_within_200_of_its_calls(steps: tuple[int, ...]) -> None:
    ends = [Run(Kind(), Kind(errors=0.2), look=10, steps=steps).end(seed) for seed in range(RUNS)]
    assert sum(end.is_aborted and end.calls <= 200 for end in ends) == RUNS


@pytest.mark.parametrize("steps", [(1, 5, 25, 100), (50,)])
def test_a_candidate_that_takes_twice_as_long_is_found_within_500_of_its_calls(steps: tuple[int, ...]) -> None:
    ends = [Run(Kind(), Kind(median=0.02), look=10, steps=steps).end(seed) for seed in range(RUNS)]
    assert sum(end.is_aborted and end.calls <= 500 for end in ends) == RUNS
