"""Feedback on both sides of a rollout and reports of drift, as guards take them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from maas.domain.feedback.totals import ERROR_UNIT
from maas.domain.judging.figures import Drift as Judged
from maas.domain.judging.figures import Errors, Labels
from maas.domain.judging.sequential import Share, Spread
from maas.domain.monitoring.drift import ColumnDrift, Drift, Side
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.violations import Kind, Violation
from maas.domain.monitoring.windows import Window
from maas.services.rollout_outcomes import drifting, outcomes


def report(drift: Drift | None) -> DriftReport:
    made_at = datetime(2026, 11, 30, tzinfo=UTC)
    return DriftReport(version="1.1.0", window=Window(0, 3600), made_at=made_at, rows=500, drift=drift)


def column(name: str, side: Side = Side.INPUT, **values: Any) -> ColumnDrift:
    return ColumnDrift(name=name, side=side, **values)


def test_a_report_has_the_bounds_of_inputs_whatever_else_it_says() -> None:
    columns = (
        column("shifted", p_value=1e-12, index=0.3, bound=1e-9),
        column("beyond its range", violations=(Violation(Kind.RANGE, 0.2, 0.01),), bound=0.2),
        column("answer", Side.OUTPUT, p_value=1e-9, index=0.3, bound=1e-9),
    )
    found = drifting(report(Drift(500, 1000, columns)), 3)
    assert found == Judged((1e-9, 0.2), 500, 3)


def test_nothing_to_compare_is_no_drift() -> None:
    assert drifting(None, 0) is None
    assert drifting(report(None), 1) is None


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
