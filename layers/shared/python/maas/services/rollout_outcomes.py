"""What feedback and reports of drift say of a rollout, in the form that guards are judged by."""

from typing import Protocol

from maas.domain.feedback.totals import ERROR_UNIT, Counts, SideCounts
from maas.domain.judging.figures import CANDIDATE, LIVE, Drift, Errors, Labels
from maas.domain.judging.sequential import Share, Spread
from maas.domain.monitoring.drift import Side
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import DriftReport


class Feedback(Protocol):
    """The part of the store of feedback that a judge needs (services.ports.feedback)."""

    def sides(self, tenant_id: str, rollout_id: str) -> SideCounts: ...


class Reports(Protocol):
    """The part of the store of monitoring that a judge needs (services.ports.monitoring)."""

    def report(self, place: Place) -> DriftReport | None: ...


def drifting(report: DriftReport | None, looks: int) -> Drift | None:
    """The bounds of the p-values of the inputs' columns; None if there was nothing to compare."""
    if report is None or report.drift is None:
        return None
    bounds = tuple(column.bound for column in report.drift.columns if column.side is Side.INPUT)
    return Drift(bounds, report.rows, looks)


def outcomes(sides: SideCounts) -> Labels | Errors | None:
    """The wrong labels of both sides, else the sizes of their errors; None without feedback on the candidate."""
    live, candidate = sides.get(LIVE, {}), sides.get(CANDIDATE, {})
    if candidate.get("n", 0) > 0:
        return Labels(live=_wrong(live), candidate=_wrong(candidate))
    if candidate.get("rn", 0) > 0:
        return Errors(live=_sizes(live), candidate=_sizes(candidate))
    return None


def _wrong(counts: Counts) -> Share:
    rows = max(0, counts.get("n", 0))
    return Share(max(0, rows - counts.get("ok", 0)), rows)


def _sizes(counts: Counts) -> Spread:
    rows = counts.get("rn", 0)
    if rows < 2:
        return Spread(max(0, rows), counts.get("a", 0) / ERROR_UNIT, 0.0)
    mean, square = (counts.get(name, 0) / ERROR_UNIT / rows for name in ("a", "q"))
    return Spread(rows, mean, max(0.0, square - mean * mean) * rows / (rows - 1))
