"""The figures of a rollout's sides, from their counts."""

from maas.domain.judging.figures import compared, judged, side, since, summed
from maas.domain.judging.sequential import Share


def test_errors_of_callers_count_for_nobody() -> None:
    found = side({"calls": 100, "error:invalid_input": 10, "error:rate_limited": 5, "error:model_crashed": 3})
    assert found.failed == Share(3, 85)


def test_a_call_whose_client_went_away_counts_for_nobody() -> None:
    assert side({"calls": 10, "error:cancelled": 4, "error:timeout": 1}).failed == Share(1, 6)


def test_a_call_that_the_model_could_not_compute_has_failed() -> None:
    assert side({"calls": 50, "error:invalid_input": 20, "refused": 15}).failed == Share(15, 45)


def test_a_code_that_nobody_has_thought_of_has_failed() -> None:
    assert side({"calls": 10, "error:timeout": 1, "error:brand_new": 2, "error:too_large": 1}).failed == Share(4, 10)


def test_counts_that_contradict_each_other_are_no_rate_beyond_one() -> None:
    assert side({"error:model_crashed": 3, "refused": 2}).failed == Share(0, 0)


def test_durations_are_those_of_computed_answers() -> None:
    assert side({"calls": 3, "serving:60": 2, "serving:7": 1, "total:50": 3}).durations == {60: 2, 7: 1}


def test_answers_of_a_shadow_are_compared() -> None:
    assert compared({"compared": 40, "disagreed": 3}) == Share(3, 40)
    assert compared({"calls": 40}) is None


def test_counts_that_no_figure_follows_from_are_not_kept() -> None:
    counts = {"live": {"calls": 2, "infer:50": 2, "serving:60": 2, "hits": 1}, "other": {"calls": 1}}
    assert judged(counts) == {"live": {"calls": 2, "serving:60": 2}, "candidate": {}}


def test_a_step_has_the_counts_since_its_start() -> None:
    before = {"live": {"calls": 5, "refused": 2}}
    after = summed(before, {"live": {"calls": 3}, "candidate": {"calls": 1}})
    assert since(after, before) == {"live": {"calls": 3}, "candidate": {"calls": 1}}


def test_lost_counts_are_not_made_up_for() -> None:
    assert since({"live": {"calls": 3}}, {"live": {"calls": 5}}) == {"live": {}, "candidate": {}}
