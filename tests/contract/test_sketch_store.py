"""Every implementation of the SketchStore port."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

import pytest

from maas.adapters.aws.sketches import DynamoSketches
from maas.domain.ids import new_id
from maas.domain.monitoring.baselines import Baseline, BaselineKind
from maas.domain.monitoring.distributions import Distribution, single
from maas.domain.monitoring.drift import ColumnDrift, Comparison, Drift, Side
from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.sketches import ColumnSketch, Moments, TopValues, VersionSketch, joined
from maas.domain.monitoring.summaries import ColumnSummary, VersionSummary
from maas.domain.monitoring.violations import Kind, Violation
from maas.domain.monitoring.windows import Period, Window
from maas.services.ports.monitoring import MonitoringStore, SurveyStore
from tests.fakes.monitoring import FakeSketchStore
from tests.support.aws import Aws

NOON = 1_795_953_600
NOW = datetime(2026, 11, 29, tzinfo=UTC)
WINDOW = Window(NOON, NOON + 3600)
COLUMN = ColumnSketch(
    count=3,
    missing=1,
    moments=Moments(3, 2.5, 1.25, 1.0, 4.0),
    quantiles=b"\0\xff",
    values=TopValues({"ü": 2, "1": 1}, 4),
)
SKETCH = VersionSketch(calls=2, rows=4, inputs={"x[0]": COLUMN, "x[1]": ColumnSketch(missing=4)}, outputs={"y": COLUMN})


class Store(MonitoringStore, SurveyStore, Protocol):
    """All ports of the table."""


@pytest.fixture(params=["fake", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        return FakeSketchStore()
    aws: Aws = request.getfixturevalue("aws")
    return DynamoSketches(
        aws.application.functions["MonitoringFunction"].environment["MAAS_MONITORING_TABLE"], aws.endpoint
    )


@pytest.fixture
def flush() -> Flush:
    return Flush(Place(new_id(), new_id(), "1.0.0"), Period.MINUTE, NOON, "p#1", SKETCH)


def test_a_sketch_comes_back_as_it_was_stored(store: Store, flush: Flush) -> None:
    store.put(flush)
    assert [*store.flushes(flush.place, Period.MINUTE, WINDOW)] == [flush]


def test_the_same_flush_twice_is_stored_once(store: Store, flush: Flush) -> None:
    store.put(flush)
    store.put(flush)
    store.put(replace(flush, source="p#2"))
    assert [each.source for each in store.flushes(flush.place, Period.MINUTE, WINDOW)] == ["p#1", "p#2"]


def test_a_window_has_its_start_and_not_its_end(store: Store, flush: Flush) -> None:
    for start in (NOON - 60, NOON, NOON + 3540, NOON + 3600):
        store.put(replace(flush, start=start))
    found = [each.start for each in store.flushes(flush.place, Period.MINUTE, WINDOW)]
    assert found == [NOON, NOON + 3540]
    assert [*store.flushes(flush.place, Period.MINUTE, Window(NOON, NOON))] == []


def test_versions_and_periods_are_apart(store: Store, flush: Flush) -> None:
    store.put(flush)
    store.put(replace(flush, period=Period.HOUR, source=""))
    other = replace(flush.place, version="1.0.1")
    assert [*store.flushes(other, Period.MINUTE, WINDOW)] == []
    assert [each.period for each in store.flushes(flush.place, Period.HOUR, WINDOW)] == [Period.HOUR]


def test_a_sketch_of_many_columns_is_stored_whole(store: Store, flush: Flush) -> None:
    noise = random.Random(1)
    columns = {
        f"x[{number}]": ColumnSketch(
            count=64,
            quantiles=noise.randbytes(2_400),
            values=TopValues({"".join(chr(noise.randrange(0x4E00, 0x9FFF)) for _ in range(64)): 1 for _ in range(64)}),
        )
        for number in range(128)
    }
    sketch = VersionSketch(calls=1, rows=64, inputs=columns, outputs=columns)
    store.put(replace(flush, sketch=sketch))
    found = [each.sketch for each in store.flushes(flush.place, Period.MINUTE, WINDOW)]
    assert joined(found, lambda parts: parts[0]) == sketch


def baseline(rows: int, **columns: ColumnSummary) -> Baseline:
    summary = VersionSummary(calls=0, rows=rows, inputs=columns, outputs={})
    return Baseline(kind=BaselineKind.GIVEN, version="1.0.0", summary=summary, created_at=NOW, created_by="ada")


def test_a_baseline_is_kept_by_its_kind(store: Store, flush: Flush) -> None:
    numbers = ColumnSummary(
        count=2, missing=1, moments=Moments(2, 1.5, 0.5, 1.0, 2.0), distribution=Distribution((1.0, 2.0), 2, 0.25)
    )
    words = ColumnSummary(count=2, missing=0, values=TopValues({"é": 2}, 1))
    given, first = baseline(3, x=numbers), replace(baseline(2, y=words), kind=BaselineKind.FIRST)
    store.put_baseline(flush.place, given)
    store.put_baseline(flush.place, first)
    assert store.baseline(flush.place, BaselineKind.GIVEN) == given
    found = store.baseline(flush.place, BaselineKind.FIRST)
    assert found is not None
    assert found.summary.inputs["y"].values == words.values
    store.put_baseline(flush.place, baseline(9, x=numbers))
    replaced = store.baseline(flush.place, BaselineKind.GIVEN)
    assert replaced is not None
    assert replaced.summary.rows == 9
    assert store.baseline(replace(flush.place, version="2.0.0"), BaselineKind.GIVEN) is None


def test_the_largest_baseline_of_numbers_fits(store: Store, flush: Flush) -> None:
    noise = random.Random(2)
    columns = {
        f"x[{number}]": ColumnSummary(
            count=1000, missing=0, distribution=Distribution(single(sorted(noise.random() for _ in range(201))), 1000)
        )
        for number in range(128)
    }
    store.put_baseline(flush.place, baseline(1000, **columns))
    found = store.baseline(flush.place, BaselineKind.GIVEN)
    assert found is not None
    assert found.summary.inputs["x[127]"].distribution == columns["x[127]"].distribution


def test_the_latest_report_is_kept(store: Store, flush: Flush) -> None:
    column = ColumnDrift(
        name="x",
        side=Side.INPUT,
        test=Comparison.CHI_SQUARE,
        statistic=9.5,
        p_value=0.001,
        index=0.5,
        violations=(Violation(Kind.CATEGORY, 0.2, 0.01),),
    )
    report = DriftReport(
        version="1.0.0",
        window=WINDOW,
        made_at=NOW,
        rows=200,
        baseline=BaselineKind.FIRST,
        baseline_version="1.0.0",
        baseline_rows=1000,
        drift=Drift(200, 1000, (column,)),
    )
    assert store.report(flush.place) is None
    store.put_report(flush.place, replace(report, drift=None, baseline=None))
    store.put_report(flush.place, report)
    assert store.report(flush.place) == report


def test_versions_that_were_measured_in_two_days_are_listed_once(store: Store, flush: Flush) -> None:
    day = Period.DAY.seconds
    others = [
        replace(flush, place=replace(flush.place, version=f"1.0.{number}"), start=NOON - number * day)
        for number in (1, 2)
    ]
    for each in (flush, replace(flush, source="p#2"), replace(flush, start=NOON - day), *others):
        store.put(each)
    found = [place for place in store.places(NOON + 60) if place.tenant_id == flush.place.tenant_id]
    assert sorted(place.version for place in found) == ["1.0.0", "1.0.1"]


def test_the_measured_versions_of_a_model_are_known(store: Store) -> None:
    place = Place("acme", new_id(), "1.0.0")
    for number in ("1.0.0", "1.0.0", "1.1.0-rc.1+b"):
        store.put(Flush(replace(place, version=number), Period.MINUTE, NOON, new_id(), VersionSketch(calls=1, rows=1)))
    store.put(Flush(Place("acme", new_id(), "9.0.0"), Period.MINUTE, NOON, new_id(), VersionSketch(calls=1, rows=1)))
    assert sorted(store.measured_versions(place)) == ["1.0.0", "1.1.0-rc.1+b"]
    assert [*store.measured_versions(replace(place, tenant_id="other"))] == []
