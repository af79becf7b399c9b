"""Events of drift, which webhooks take."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from maas.domain.identity.actors import Actor
from maas.domain.identity.identity_event import IdentityEvent, event_about
from maas.domain.monitoring.drift import ColumnDrift
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import DriftReport

SURVEYOR = "surveyor"
# Columns that an event names: those that drift, the surest first.
COLUMNS_MAX = 20
# Characters of a column's name.
_NAME_MAX = 200


class DriftEventType(StrEnum):
    """The `detail-type` on the bus."""

    FOUND = "DriftFound"
    ENDED = "DriftEnded"


def drift_found(place: Place, report: DriftReport) -> IdentityEvent:
    """The predictions of a version have begun to drift."""
    return _event(DriftEventType.FOUND, place, report)


def drift_ended(place: Place, report: DriftReport) -> IdentityEvent:
    """They are those of the baseline again."""
    return _event(DriftEventType.ENDED, place, report)


def _event(kind: DriftEventType, place: Place, report: DriftReport) -> IdentityEvent:
    what = f"model/{place.model_id}/version/{place.version}"
    return event_about(
        kind, place.tenant_id, what, Actor(SURVEYOR), report.made_at, changed=("drift",), after=_summary(place, report)
    )


def _summary(place: Place, report: DriftReport) -> dict[str, Any]:
    """Shares and statistics are texts: the values of an event are compared as they are, and fractions have many."""
    columns = report.drift.columns if report.drift else ()
    drifting = sorted((each for each in columns if each.drifts), key=lambda each: each.adjusted)
    return {
        "model_id": place.model_id,
        "version": place.version,
        "window_start": _moment(report.window.start),
        "window_end": _moment(report.window.end),
        "rows": report.rows,
        "baseline": str(report.baseline) if report.baseline else None,
        "share": f"{report.share:.4g}",
        "columns": len(drifting),
        "drifting": [_column(each) for each in drifting[:COLUMNS_MAX]],
    }


def _column(column: ColumnDrift) -> dict[str, Any]:
    return {
        "name": column.name[:_NAME_MAX],
        "side": str(column.side),
        "test": str(column.test),
        "statistic": f"{column.statistic:.4g}",
        "adjusted_p": f"{column.adjusted:.4g}",
        "index": f"{column.index:.4g}",
        "violations": [str(each.kind) for each in column.violations],
    }


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
