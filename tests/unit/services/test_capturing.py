"""Sampled predictions wait in a bounded list, and are written in files of many."""

import gzip
import json
import time
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.capturing.captures import Capture, CaptureFile
from maas.domain.catalog.versions import Tensor
from maas.domain.monitoring.predictions import Predicted
from maas.platform.background import Background
from maas.services import capturing
from maas.services.capturing import CapturingPredictions
from tests.fakes.captures import FakeCaptures
from tests.support.predicted import predicted, version

ALL = Capture(percent=100)


@pytest.fixture(autouse=True)
def no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Background, "wake", lambda _self: None)


def made(capture: Capture | None = ALL, model_id: str = "iris", values: int = 2) -> Predicted:
    of = replace(version([Tensor("x", "float", (-1, values))]), model_id=model_id)
    return replace(predicted(of, {"x": [1.0] * values}, {"label": [0]}, at=time.time()), capture=capture)


def records(store: FakeCaptures) -> list[dict[str, Any]]:
    texts = [gzip.decompress(content).decode() for content, _ in store.kept.values()]
    return [json.loads(each) for text in texts for each in text.splitlines()]


def test_nothing_is_stored_unless_the_owner_wants_it() -> None:
    store = FakeCaptures()
    watcher = CapturingPredictions(store)
    watcher.predicted(made(None))
    watcher.flush()
    assert store.kept == {}


def test_a_flush_writes_one_file_for_each_model() -> None:
    store = FakeCaptures()
    watcher = CapturingPredictions(store)
    first = [made() for _ in range(3)]
    for each in (*first, made(replace(ALL, keep_days=90), model_id="wine")):
        watcher.predicted(each)
    watcher.flush()
    assert sorted([*key.split("/")[1:3], str(days)] for key, (_, days) in store.kept.items()) == [
        ["acme", "iris", "7"],
        ["acme", "wine", "90"],
    ]
    assert [each["prediction_id"] for each in records(store)][:3] == [each.prediction_id for each in first]
    watcher.flush()
    assert len(store.kept) == 2


def test_a_share_of_the_predictions_is_taken() -> None:
    store = FakeCaptures()
    watcher = CapturingPredictions(store)
    for _ in range(2000):
        watcher.predicted(made(Capture(percent=10)))
    watcher.flush()
    assert 120 < len(records(store)) < 280  # six standard deviations around 200


def test_what_has_no_room_is_dropped_and_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = FakeCaptures()
    watcher = CapturingPredictions(store)
    monkeypatch.setattr(capturing, "WAITING_MAX", 2)
    for _ in range(3):
        watcher.predicted(made())
    monkeypatch.setattr(capturing, "WAITING_MAX", 100)
    monkeypatch.setattr(capturing, "WAITING_BYTES_MAX", 20)
    watcher.predicted(made())
    watcher.predicted(made(values=capturing.ONE_MAX // 4 + 1))
    watcher.flush()
    assert len(records(store)) == 2
    assert capsys.readouterr().out.count("PredictionsNotCaptured") >= 3


def test_a_prediction_whose_version_lacks_a_redacted_name_is_not_stored() -> None:
    store = FakeCaptures()
    watcher = CapturingPredictions(store)
    watcher.predicted(made(replace(ALL, redact=("age",))))
    watcher.flush()
    assert store.kept == {}


def test_a_store_that_does_not_answer_loses_the_file_and_nothing_else() -> None:
    store = FakeCaptures()
    watcher = CapturingPredictions(store)
    watcher.predicted(made())
    store.down = True
    watcher.flush()
    store.down = False
    watcher.flush()
    assert store.kept == {}
    watcher.predicted(made())
    watcher.flush()
    assert len(records(store)) == 1


def test_a_file_has_the_time_of_its_last_prediction() -> None:
    store = FakeCaptures()
    watcher, at = CapturingPredictions(store), time.time() - 60
    for before in (2, 0, 1):
        watcher.predicted(replace(made(), at=at - before))
    watcher.flush()
    [key] = store.kept
    assert abs(CaptureFile(key, 0).created_at.timestamp() - at) < 0.01


def test_what_has_waited_for_long_is_not_stored(capsys: pytest.CaptureFixture[str]) -> None:
    store = FakeCaptures()
    watcher, fresh = CapturingPredictions(store), made()
    watcher.predicted(replace(made(), at=time.time() - capturing.STALE - 1))
    watcher.predicted(fresh)
    watcher.flush()
    assert [each["prediction_id"] for each in records(store)] == [fresh.prediction_id]
    assert capsys.readouterr().out.count('"PredictionsNotCaptured":[1') == 1
