import json

import pytest

from maas.adapters.emf_statistics import EmfStatistics
from maas.domain.inference.statistics import Slot, duration_bucket

MODEL, ALL = Slot("acme", "iris", 1), Slot("acme", "", 1)


def counts(calls: int) -> dict[str, int]:
    return {"calls": calls, "hits": 1, "error:timeout": 2, "waiting:0": calls, f"infer:{duration_bucket(0.004)}": calls}


def test_a_version_s_calls_are_one_line_of_metrics(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "inference")
    EmfStatistics().add({MODEL: {"1.0.0": counts(250)}, ALL: {"all": counts(250)}})
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    [described] = line["_aws"]["CloudWatchMetrics"]
    assert (described["Namespace"], sorted(described["Dimensions"][0])) == ("MaaS", ["service", "stage"])
    units = {each["Name"]: each["Unit"] for each in described["Metrics"]}
    assert (units["Predictions"], units["InferTime"]) == ("Count", "Milliseconds")
    assert (line["Predictions"], line["ResultHits"], line["PredictionErrors"]) == ([250.0], [1.0], [2.0])
    assert line["PredictionErrors_timeout"] == [2.0]
    assert len(line["InferTime"]) == 100
    assert line["InferTime"][0] == pytest.approx(4, rel=0.1)
    assert (line["tenant"], line["model_id"], line["version"]) == ("acme", "iris", "1.0.0")
    assert all(name in line for name in units)


def test_calls_without_a_version_are_a_line_of_their_organization(capsys: pytest.CaptureFixture[str]) -> None:
    EmfStatistics().add({ALL: {"": counts(3), "all": counts(5)}})
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["Predictions"], line["model_id"], line["version"]) == ([3.0], "", "")


def test_lines_are_written_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 30.0, 61.0, 61.0])
    emf = EmfStatistics(clock=lambda: next(times))
    for _ in range(3):
        emf.add({MODEL: {"1.0.0": counts(2)}})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["Predictions"] for line in lines] == [[2.0], [4.0]]
