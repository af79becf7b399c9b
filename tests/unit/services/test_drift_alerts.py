"""Drift is told once when it is found, and once when it has ended."""

from datetime import UTC, datetime
from typing import Any

from maas.domain.monitoring.baselines import BaselineKind
from maas.domain.monitoring.drift import ColumnDrift, Comparison, Drift, Side
from maas.domain.monitoring.events import COLUMNS_MAX
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.violations import Kind, Violation
from maas.domain.monitoring.windows import Window
from maas.services.drift_alerts import DriftAlerts
from tests.fakes.monitoring import FakeDriftNotes

PLACE, NOON, HOUR = Place("acme", "iris", "1.0.0"), 1_795_953_600, 3_600
SHIFTED = ColumnDrift(
    name="age",
    side=Side.INPUT,
    test=Comparison.KOLMOGOROV_SMIRNOV,
    statistic=0.25,
    p_value=1e-9,
    adjusted=4e-9,
    index=0.31,
    violations=(Violation(Kind.RANGE, 0.2, 0.01),),
)
SAME = ColumnDrift(name="height", side=Side.INPUT, test=Comparison.KOLMOGOROV_SMIRNOV, statistic=0.01)


def report(minutes: int, *columns: ColumnDrift, **fields: Any) -> DriftReport:
    """A report on the hour that ends so many minutes after noon."""
    end = NOON + minutes * 60
    plain: dict[str, Any] = {
        "version": "1.0.0",
        "window": Window(end - HOUR, end),
        "made_at": datetime.fromtimestamp(end, UTC),
        "rows": 500,
        "baseline": BaselineKind.GIVEN,
        "drift": Drift(500, 1000, columns),
    }
    return DriftReport(**{**plain, **fields})


def told(*reports: DriftReport) -> list[str]:
    notes = FakeDriftNotes()
    for each in reports:
        DriftAlerts(notes).look(PLACE, each)
    return [event.type for event in notes.events]


def test_drift_is_told_once_while_it_lasts() -> None:
    assert told(*(report(5 * number, SHIFTED, SAME) for number in range(20))) == ["DriftFound"]


def test_no_drift_is_not_told() -> None:
    assert told(report(0, SAME), report(5, drift=None), report(10, baseline=None)) == []


def test_the_end_is_told_by_a_window_that_is_all_after_the_last_drift() -> None:
    ends = [report(5 * number, SAME) for number in range(1, 14)]
    assert told(report(0, SHIFTED), *ends[:11]) == ["DriftFound"]
    assert told(report(0, SHIFTED), *ends) == ["DriftFound", "DriftEnded"]


def test_a_version_at_the_edge_is_told_of_once() -> None:
    assert told(*(report(5 * number, SHIFTED if number % 2 else SAME) for number in range(40))) == ["DriftFound"]


def test_drift_that_comes_back_is_told_again() -> None:
    again = [report(0, SHIFTED), report(60, SAME), report(120, SHIFTED), report(125, SHIFTED)]
    assert told(*again) == ["DriftFound", "DriftEnded", "DriftFound"]


def test_too_few_rows_end_no_drift() -> None:
    assert told(report(0, SHIFTED), report(200, drift=None)) == ["DriftFound"]


def test_a_survey_that_another_one_has_overtaken_tells_nothing() -> None:
    notes = FakeDriftNotes()
    notes.tell = lambda *_: False  # type: ignore[method-assign]
    DriftAlerts(notes).look(PLACE, report(0, SHIFTED))
    assert notes.events == []


def test_an_event_names_version_window_and_columns() -> None:
    notes = FakeDriftNotes()
    DriftAlerts(notes).look(PLACE, report(0, SAME, SHIFTED))
    [event] = notes.events
    assert (event.type, event.tenant_id, event.object, event.subject) == (
        "DriftFound",
        "acme",
        "model/iris/version/1.0.0",
        "surveyor",
    )
    assert event.after == {
        "model_id": "iris",
        "version": "1.0.0",
        "window_start": "2026-11-29T11:00:00+00:00",
        "window_end": "2026-11-29T12:00:00+00:00",
        "rows": 500,
        "baseline": "given",
        "share": "0.5",
        "columns": 1,
        "drifting": [
            {
                "name": "age",
                "side": "input",
                "test": "ks",
                "statistic": "0.25",
                "adjusted_p": "4e-09",
                "index": "0.31",
                "violations": ["range"],
            }
        ],
    }


def test_an_event_of_a_thousand_columns_names_the_surest() -> None:
    notes = FakeDriftNotes()
    columns = [
        ColumnDrift(name=f"c{number}", side=Side.INPUT, adjusted=(1000 - number) / 1e6, index=0.5)
        for number in range(1000)
    ]
    DriftAlerts(notes).look(PLACE, report(0, *columns))
    after = notes.events[0].after
    assert after
    assert after["columns"] == 1000
    assert [each["name"] for each in after["drifting"]] == [f"c{999 - number}" for number in range(COLUMNS_MAX)]
