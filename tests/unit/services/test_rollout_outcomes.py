"""Feedback on both sides of a rollout, as guards take it."""

import pytest

from maas.domain.feedback.counts import ERROR_UNIT
from maas.domain.judging.figures import Errors, Labels
from maas.domain.judging.sequential import Share, Spread
from maas.services.rollout_outcomes import outcomes


def test_without_feedback_on_the_candidate_there_is_none() -> None:
    assert outcomes({}) is None
    assert outcomes({"live": {"n": 5, "ok": 5}}) is None


def test_labels_are_counted_by_the_wrong_ones() -> None:
    found = outcomes({"live": {"n": 5, "ok": 4}, "candidate": {"n": 3}})
    assert found == Labels(live=Share(1, 5), candidate=Share(3, 3))


def test_numbers_have_the_mean_and_the_variance_of_their_errors() -> None:
    sizes = [1.0, 2.0, 4.0]
    counts = {"rn": 3, "a": int(sum(sizes) * ERROR_UNIT), "q": int(sum(size**2 for size in sizes) * ERROR_UNIT)}
    found = outcomes({"candidate": counts})
    assert isinstance(found, Errors)
    assert found.live == Spread(0, 0.0, 0.0)
    assert found.candidate.count == 3
    assert (found.candidate.mean, found.candidate.variance) == pytest.approx((7 / 3, 7 / 3))
