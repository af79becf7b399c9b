"""Surveys: rollups of hours and days, and reports of drift."""

import itertools
import json
from types import SimpleNamespace
from typing import Any

import pytest

from maas.adapters.sketches.lazy import LazySketches
from maas.domain.errors import Unavailable
from maas.domain.monitoring.baselines import BaselineKind
from maas.domain.monitoring.places import Flush, Place
from maas.domain.monitoring.reports import FIRST_ROWS, Outcome
from maas.domain.monitoring.windows import Period, Window
from maas.services.drift_alerts import DriftAlerts
from maas.services.drift_reports import DriftReports
from maas.services.sketch_reading import read
from maas.services.surveys import Surveys
from tests.fakes.monitoring import FakeDriftNotes, FakeSketchStore
from tests.support.captured_logs import logged
from tests.support.predicted import predicted, version

DAY = 1_795_910_400  # the start of a day
HOUR = Period.HOUR.seconds
PLACE = Place.of(version())
SKETCHES = LazySketches()


class World:
    def __init__(self) -> None:
        self.store, self.now = FakeSketchStore(), float(DAY + 12 * HOUR)
        self.notes, reports = FakeDriftNotes(), DriftReports(self.store, SKETCHES, self.clock)
        self.surveys = Surveys(self.store, SKETCHES, reports, DriftAlerts(self.notes), self.clock)

    def clock(self) -> float:
        return self.now

    def flush(self, start: int, values: list[float], source: str = "p#1", number: str = "1.0.0") -> None:
        of = version(number=number)
        made = predicted(
            of,
            {"x": [each for value in values for each in (value, value)]},
            {"label": [0] * len(values)},
            rows=len(values),
        )
        sketch = SKETCHES.sketched([made])
        self.store.put(Flush(Place.of(of), Period.MINUTE, start, source, sketch))

    def rolled(self, period: Period) -> list[int]:
        return sorted(each.start for each in self.store.kept.values() if each.period is period)

    def count(self, window: Window) -> int:
        return read(self.store, SKETCHES, PLACE, window).outputs["label"].count


def test_an_hour_is_rolled_up_when_all_its_sketches_are_there() -> None:
    world = World()
    world.flush(DAY + 10 * HOUR, [1.0])
    world.flush(DAY + 10 * HOUR + 60, [2.0, 3.0])
    world.now = DAY + 11 * HOUR + 1_199
    assert world.surveys.run() == 1
    assert world.rolled(Period.HOUR) == []
    world.now += 1
    world.surveys.run()
    assert world.rolled(Period.HOUR) == [DAY + 10 * HOUR]
    assert world.count(Window(DAY + 10 * HOUR, DAY + 11 * HOUR)) == 3


def test_nothing_counts_twice_whatever_is_rolled_up() -> None:
    world = World()
    starts = range(DAY, DAY + 2 * Period.DAY.seconds, 1_800)
    for start in starts:
        world.flush(start, [1.0])
    whole = Window(DAY, DAY + 2 * Period.DAY.seconds)
    for hour in range(0, 53, 4):
        world.now = DAY + hour * HOUR + 10.0
        world.surveys.run()
        world.surveys.run()
        assert world.count(whole) == len(starts)
        assert world.count(Window(DAY + 60, DAY + HOUR + 1_860)) == 3
    assert world.rolled(Period.DAY) == [DAY, DAY + Period.DAY.seconds]
    assert len(world.rolled(Period.HOUR)) == 48


def test_minutes_may_be_gone_when_hours_are_rolled_up() -> None:
    world = World()
    world.flush(DAY + 10 * HOUR, [1.0])
    world.now = DAY + 12.0 * HOUR
    world.surveys.run()
    world.store.kept = {key: each for key, each in world.store.kept.items() if each.period is Period.HOUR}
    assert world.count(Window(DAY, DAY + Period.DAY.seconds)) == 1


def test_a_report_is_kept_and_drift_is_logged() -> None:
    world = World()
    world.flush(DAY + 9 * HOUR, [number / FIRST_ROWS for number in range(FIRST_ROWS)])
    world.flush(DAY + 12 * HOUR - 60, [5.0 + number / 200 for number in range(200)], "p#2")
    with logged() as lines:
        world.surveys.run()
    report = world.store.report(PLACE)
    assert report is not None
    assert (report.outcome, report.share, report.rows, report.baseline) == (Outcome.DRIFT, 1.0, 200, "first")
    [line] = [json.loads(each) for each in lines().splitlines() if "predictions drift" in each]
    assert (line["level"], line["model_id"], line["columns"]) == ("WARNING", "iris", ["x[0]", "x[1]"])


def test_a_version_without_calls_in_the_last_hour_has_no_new_report() -> None:
    world = World()
    world.flush(DAY + 9 * HOUR, [1.0])
    assert world.surveys.run() == 1
    assert world.store.report(PLACE) is None


def test_a_survey_counts_versions_and_those_that_drift(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.flush(DAY + 9 * HOUR, [1.0])
    world.flush(DAY + 9 * HOUR, [1.0], number="2.0.0")
    world.surveys.run()
    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert (line["VersionsSurveyed"], line["VersionsDrifting"]) == ([2.0], [0.0])


def test_a_version_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.flush(DAY + 9 * HOUR, [1.0])
    world.flush(DAY + 9 * HOUR, [1.0], number="2.0.0")
    inner = world.store.flushes

    def flushes(place: Place, *arguments: Any) -> Any:
        if place.version == "1.0.0":
            raise Unavailable("not now")
        return inner(place, *arguments)

    monkeypatch.setattr(world.store, "flushes", flushes)
    with logged() as lines:
        assert world.surveys.run() == 2
    assert "a version was not surveyed" in lines()
    assert {each.place.version for each in world.store.kept.values() if each.period is Period.HOUR} == {"2.0.0"}


def test_a_survey_that_takes_too_long_leaves_out_others_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    numbers = [f"{major}.0.0" for major in range(1, 9)]
    for number in numbers:
        world.flush(int(world.now) - 600, [1.0], number=number)
    seconds = itertools.count(step=100)
    monkeypatch.setattr("maas.services.surveys.time", SimpleNamespace(monotonic=lambda: float(next(seconds))))
    with logged() as lines:
        assert world.surveys.run() == 2
    assert '"left_out":6' in lines()
    for _ in range(200):
        world.surveys.run()
    assert {place.version for place in world.store.reports} == {*numbers}


def test_a_table_that_does_not_answer_fails_the_survey() -> None:
    world = World()
    world.store.down = True
    with pytest.raises(Unavailable):
        world.surveys.run()


def test_a_survey_compares_a_new_version_with_the_one_before() -> None:
    world = World()
    for number, values in (("0.9.0", [0.0]), ("1.0.0", [number / 200 for number in range(200)]), ("1.1.0-rc.1", [0.0])):
        world.flush(int(world.now) - 7_200, values * (200 // len(values)), number=number)
    world.flush(int(world.now) - 600, [5.0 + number / 200 for number in range(200)], number="1.1.0")
    world.surveys.run()
    report = world.store.reports[Place.of(version(number="1.1.0"))]
    assert (report.baseline, report.baseline_version) == (BaselineKind.PREVIOUS, "1.0.0")
    assert (report.outcome, report.baseline_rows) == (Outcome.DRIFT, 200)


def test_a_version_before_with_few_rows_is_no_baseline() -> None:
    world = World()
    world.flush(int(world.now) - 7_200, [1.0] * 99, number="1.0.0")
    world.flush(int(world.now) - 600, [5.0] * 200, number="1.1.0")
    world.surveys.run()
    assert world.store.reports[Place.of(version(number="1.1.0"))].outcome is Outcome.NO_BASELINE
