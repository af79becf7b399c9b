"""Predictions on their way into sketches."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from maas.adapters.sketches.lazy import LazySketches
from maas.domain.errors import Unavailable
from maas.domain.inference.outputs import Output
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.predictions import Predicted
from maas.domain.monitoring.sketches import VersionSketch
from maas.domain.monitoring.windows import Period, Window
from maas.services.sketch_reading import read
from maas.services.watching import LATE, SKETCHES_MAX, WAITING_MAX, SketchWatcher
from tests.fakes.monitoring import FakeSketchStore
from tests.support.captured_logs import logged
from tests.support.predicted import AT, predicted, version
from tests.support.waiting import until

ONE = predicted(version(), {"x": [1, 2]}, {"label": [0]})
PLACE = Place.of(ONE.version)
WINDOW = Window(int(AT) - 3600, int(AT) + 3600)


class Clock:
    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store() -> FakeSketchStore:
    return FakeSketchStore()


def stopped(store: FakeSketchStore, clock: Clock | None = None, share: float = 1.0) -> SketchWatcher:
    """A watcher whose thread sleeps for the whole test."""
    watcher = SketchWatcher(LazySketches(), store, share=share, pause=3600.0, clock=clock or Clock())
    watcher._background._thread = threading.current_thread()
    return watcher


def rows(store: FakeSketchStore) -> int:
    return read(store, LazySketches(), PLACE, WINDOW).rows


def test_a_thread_stores_what_was_predicted(store: FakeSketchStore) -> None:
    watcher = SketchWatcher(LazySketches(), store, period=0.0, pause=0.01)
    for _ in range(3):
        watcher.predicted(ONE)
    until(lambda: sum(each.sketch.rows for each in store.kept.values()) == 3, 10)


def test_a_flush_is_one_record_of_a_version_and_a_minute(store: FakeSketchStore) -> None:
    watcher = stopped(store)
    for _ in range(5):
        watcher.predicted(ONE)
        watcher.work()
    watcher.work(flush=True)
    first, *later = store.kept.values()
    assert (first.start, first.period, first.sketch.rows) == (int(AT), Period.MINUTE, 1)
    assert [each.sketch.rows for each in later] == [4]


def test_sketches_of_a_version_are_stored_once_in_a_period(store: FakeSketchStore) -> None:
    clock = Clock()
    watcher = stopped(store, clock)
    watcher.predicted(ONE)
    watcher.work()
    watcher.predicted(ONE)
    clock.now += 29.0
    watcher.work()
    assert rows(store) == 1
    clock.now += 1.0
    watcher.work()
    assert rows(store) == 2


def test_a_new_version_does_not_wait_for_the_period_of_another(store: FakeSketchStore) -> None:
    watcher = stopped(store)
    watcher.predicted(ONE)
    watcher.work()
    watcher.predicted(predicted(version(number="2.0.0"), {"x": [1, 2]}, {"label": [0]}))
    watcher.work()
    assert [each.place.version for each in store.kept.values()] == ["1.0.0", "2.0.0"]


def test_a_stop_stores_everything_and_never_raises(store: FakeSketchStore) -> None:
    watcher = stopped(store)
    watcher.predicted(ONE)
    watcher.work()
    watcher.predicted(ONE)
    watcher.stop()
    assert rows(store) == 2
    watcher.predicted(ONE)
    store.down = True
    with logged() as lines:
        watcher.stop()
    assert json.loads(lines())["message"] == "sketches are lost"


def test_a_prediction_that_is_flushed_late_counts_for_that_minute(store: FakeSketchStore) -> None:
    clock = Clock()
    watcher = stopped(store, clock)
    watcher.predicted(ONE)
    clock.now += LATE
    watcher.work(flush=True)
    assert [each.start for each in store.kept.values()] == [int(AT) + LATE]


def test_what_can_not_be_stored_is_lost_and_never_doubled(store: FakeSketchStore) -> None:
    watcher = stopped(store)
    watcher.predicted(ONE)
    store.down = True
    with pytest.raises(Exception, match="down"):
        watcher.work(flush=True)
    store.down = False
    watcher.predicted(ONE)
    watcher.work(flush=True)
    assert rows(store) == 1


def test_the_queue_is_bounded_and_what_it_has_no_room_for_is_counted(store: FakeSketchStore) -> None:
    watcher = stopped(store)
    for _ in range(WAITING_MAX + 5):
        watcher.predicted(ONE)
    assert watcher.dropped == 5
    with logged() as lines:
        watcher.work(flush=True)
    assert rows(store) == WAITING_MAX
    assert json.loads(lines())["dropped"] == 5


def test_the_queue_is_bounded_in_bytes(store: FakeSketchStore) -> None:
    watcher = stopped(store)
    inputs = predicted(version(), {"x": [1, 2] * 250_000}, {"label": [0]}, rows=250_000)
    outputs = replace(ONE, outputs={"label": Output(bytes(2_000_000), (250_000,), "int64")})
    for _ in range(10):
        watcher.predicted(inputs)
        watcher.predicted(outputs)
    assert watcher.dropped == 12


def test_versions_of_one_process_are_bounded(store: FakeSketchStore) -> None:
    watcher = stopped(store)
    for number in range(SKETCHES_MAX + 3):
        watcher.predicted(predicted(version(number=f"1.0.{number}"), {"x": [1, 2]}, {"label": [0]}))
    watcher.work(flush=True)
    assert len(store.kept) == SKETCHES_MAX


def test_a_share_of_zero_measures_nothing(store: FakeSketchStore) -> None:
    watcher = stopped(store, share=0.0)
    for _ in range(100):
        watcher.predicted(ONE)
    watcher.work(flush=True)
    assert store.kept == {}


def test_a_share_measures_about_as_many(store: FakeSketchStore) -> None:
    watcher = stopped(store, share=0.5)
    for _ in range(1000):
        watcher.predicted(ONE)
    watcher.work(flush=True)
    assert 400 < rows(store) < 600


def test_a_prediction_that_can_not_be_sketched_costs_no_other(store: FakeSketchStore) -> None:
    class Failing(LazySketches):
        def sketched(self, made: Sequence[Predicted]) -> VersionSketch:
            if made[0].version.version == "2.0.0":
                raise RuntimeError("no sketch")
            return super().sketched(made)

    watcher = SketchWatcher(Failing(), store, pause=3600.0, clock=Clock())
    watcher._background._thread = threading.current_thread()
    watcher.predicted(predicted(version(number="2.0.0"), {"x": [1, 2]}, {"label": [0]}))
    watcher.predicted(ONE)
    watcher.work(flush=True)
    assert [each.place.version for each in store.kept.values()] == ["1.0.0"]


def test_without_the_libraries_nothing_is_measured_and_that_is_logged_once(store: FakeSketchStore) -> None:
    class Missing(LazySketches):
        def sketched(self, made: Sequence[Predicted]) -> VersionSketch:
            raise Unavailable("no datasketches here")

    watcher = SketchWatcher(Missing(), store, pause=3600.0, clock=Clock())
    watcher._background._thread = threading.current_thread()
    with logged() as lines:
        for _ in range(3):
            watcher.predicted(ONE)
            watcher.work(flush=True)
    assert [json.loads(line)["reason"] for line in lines().splitlines()] == ["no datasketches here"]


def test_a_prediction_does_not_wait_for_the_store(store: FakeSketchStore) -> None:
    held = threading.Event()

    class Slow(FakeSketchStore):
        def put(self, flush: object) -> None:
            held.wait(10)

    watcher = SketchWatcher(LazySketches(), Slow(), period=0.0, pause=0.01)
    watcher.predicted(ONE)
    time.sleep(0.1)
    begun = time.monotonic()
    for _ in range(100):
        watcher.predicted(ONE)
    assert time.monotonic() - begun < 1.0
    held.set()


def test_eight_processes_come_to_what_one_process_comes_to(store: FakeSketchStore) -> None:
    random, one = np.random.default_rng(4), FakeSketchStore()
    watchers, single = [stopped(store) for _ in range(8)], stopped(one)
    for number in range(1_600):
        made = predicted(version(), {"x": random.normal(size=20).tolist()}, {"label": [number % 3] * 10}, rows=10)
        watchers[number % 8].predicted(made)
        single.predicted(made)
    for watcher in (*watchers, single):
        watcher.work(flush=True)
    eight, alone = (read(each, LazySketches(), PLACE, WINDOW) for each in (store, one))
    assert len(store.kept) == 8
    assert (eight.calls, eight.rows, eight.outputs["label"].values) == (1_600, 16_000, alone.outputs["label"].values)
    for name, column in alone.inputs.items():
        other = eight.inputs[name]
        assert (other.count, other.moments.low, other.moments.high) == (
            column.count,
            column.moments.low,
            column.moments.high,
        )
        assert (other.moments.mean, other.moments.variance) == pytest.approx(
            (column.moments.mean, column.moments.variance)
        )
        first, second = (LazySketches().distribution(each.quantiles, each.count) for each in (column, other))
        apart = max(abs(first.rank(point) - second.rank(point)) for point in first.points)
        assert apart <= first.error + second.error
