"""What is stored of a prediction: never a redacted value."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.capturing.captures import Capture
from maas.domain.catalog.versions import Tensor, Version
from maas.domain.inference.outputs import Form, Output, Wanted
from maas.domain.inference.packing import packed
from maas.domain.monitoring.captured import captured, first_rows, line
from maas.domain.monitoring.predictions import Predicted
from maas.domain.rollouts.routing import Assignment, Side
from tests.support.predicted import predicted, version

IRIS = version([Tensor("x", "float", (-1, 3))], feature_names=["a", "b", "c"])
ROWS = {"x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}


def made(of: Version = IRIS, given: dict[str, list[Any]] | None = None, rows: int = 2) -> Predicted:
    return predicted(of, ROWS if given is None else given, {"label": [0] * rows}, rows=rows)


def stored(found: Predicted, **capture: Any) -> dict[str, Any]:
    taken = captured(found, Capture(percent=100, **capture))
    assert taken
    record: dict[str, Any] = json.loads(line(taken))
    return record


def test_a_record_has_one_list_for_each_feature() -> None:
    prediction = made()
    record = stored(prediction)
    assert record == {
        "prediction_id": prediction.prediction_id,
        "time": "2026-11-29T12:00:00.000+00:00",
        "version": "1.0.0",
        "rollout_id": None,
        "side": None,
        "inputs": {"a": [1.0, 4.0], "b": [2.0, 5.0], "c": [3.0, 6.0]},
    }


def test_a_redacted_feature_is_not_taken() -> None:
    taken = captured(made(), Capture(percent=100, redact=("b",)))
    assert taken
    assert [each.names for each in taken.inputs] == [("a",), ("c",)]
    assert b"".join(each.data for each in taken.inputs) == packed("float", [1.0, 4.0, 3.0, 6.0])


@pytest.mark.parametrize(
    ("dtype", "elements"),
    [
        ("float16", [0.5, 1.5, 2.5, 3.5]),
        ("double", [0.1, 0.2, 0.3, 0.4]),
        ("int64", [1, 2, 3, -4]),
        ("uint8", [1, 2, 3, 4]),
        ("bool", [True, False, False, True]),
        ("string", ["a", "", "ü", "line\nbreak"]),
    ],
)
def test_every_type_of_feature_may_be_redacted(dtype: str, elements: list[Any]) -> None:
    of = version([Tensor("x", dtype, (-1, 2))])
    assert stored(made(of, {"x": elements}), redact=("x[0]",))["inputs"] == {"x[1]": elements[1::2]}
    assert stored(made(of, {"x": elements}))["inputs"] == {"x[0]": elements[::2], "x[1]": elements[1::2]}
    assert stored(made(of, {"x": elements}), redact=("x",))["inputs"] == {}


def test_a_version_without_a_redacted_name_is_not_captured() -> None:
    renamed = version([Tensor("x", "float", (-1, 3))], feature_names=["a", "birthday", "c"])
    assert captured(made(renamed), Capture(percent=100, redact=("b",))) is None
    assert captured(made(version([Tensor("x", "float", (-1, 3))])), Capture(percent=100, redact=("b",))) is None


def test_rows_of_another_width_are_not_captured_if_a_feature_is_redacted() -> None:
    free = version([Tensor("x", "float", (-1, -1))], feature_names=["a", "b"])
    wide = made(free, {"x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    wide = replace(wide, feed=replace(wide.feed, values=(replace(wide.feed.values[0], shape=(2, 3)),)))
    assert captured(wide, Capture(percent=100, redact=("a",))) is None
    assert stored(wide)["inputs"] == {"x": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]}


def test_an_input_without_features_has_an_item_for_each_row() -> None:
    of = version([Tensor("image", "float", (-1, 2, 100)), Tensor("n", "int64", (-1, 1))])
    record = stored(made(of, {"image": [0.0] * 200 + [1.0] * 200, "n": [7, 8]}))
    assert record["inputs"]["n"] == [7, 8]
    assert [len(row) for row in record["inputs"]["image"]] == [200, 200]
    assert record["inputs"]["image"][1][0] == 1.0


def test_missing_and_infinite_numbers_are_null() -> None:
    record = stored(made(given={"x": [math.nan, 1.0, math.inf, 1.0, 1.0, -math.inf]}))
    assert record["inputs"] == {"a": [None, 1.0], "b": [1.0, 1.0], "c": [None, None]}


def test_outputs_are_stored_if_they_are_asked_for() -> None:
    assert "outputs" not in stored(made())
    assert stored(made(), outputs=True)["outputs"] == {"label": [0, 0]}


def test_outputs_are_stored_in_whatever_form_the_caller_got_them() -> None:
    score = Tensor("score", "float", (-1, 2))
    of, content = version(outputs=[score]), packed("float", [0.25, 0.75, math.nan, 1.0])
    raw = predicted(of, {"x": [1, 2, 3, 4]}, {"score": [[0.25, 0.75], [None, 1.0]]}, rows=2)
    for form, output in (
        (Form.NESTED, raw.outputs["score"]),
        (Form.FLAT, Output(b"[0.25,0.75,null,1.0]", (2, 2), "float")),
        (Form.RAW, Output(content, (2, 2), "float")),
    ):
        found = replace(raw, outputs={"score": output}, wanted=[Wanted(score, form)])
        assert stored(found, outputs=True)["outputs"] == {"score": [[0.25, 0.75], [None, 1.0]]}


def test_a_record_names_the_side_of_a_rollout() -> None:
    record = stored(replace(made(), rollout=Assignment("r1", Side.CANDIDATE)))
    assert (record["rollout_id"], record["side"]) == ("r1", "candidate")


@pytest.mark.parametrize("form", Form)
def test_the_first_rows_have_their_values_and_outputs(form: Form) -> None:
    of = version([Tensor("x", "float", (-1, 2)), Tensor("t", "string", (-1, 1))], [Tensor("y", "int64", (-1, 2))])
    content = {
        Form.NESTED: b"[[1,2],[3,4],[5,6]]",
        Form.FLAT: b"[1,2,3,4,5,6]",
        Form.RAW: packed("int64", [1, 2, 3, 4, 5, 6]),
    }[form]
    made = predicted(of, {"x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "t": ["a", "", "ü"]}, {"y": [[0, 0]] * 3}, rows=3)
    made = replace(made, wanted=[Wanted(made.wanted[0].tensor, form)], outputs={"y": Output(content, (3, 2), "int64")})
    assert first_rows(made, 3) is made
    record = stored(first_rows(made, 2), outputs=True)
    assert record["inputs"] == {"x[0]": [1.0, 3.0], "x[1]": [2.0, 4.0], "t": ["a", ""]}
    assert record["outputs"] == {"y": [[1, 2], [3, 4]]}


def test_an_output_that_is_not_by_row_stays_whole() -> None:
    made = replace(predicted(IRIS, ROWS, {"label": [0, 1]}, rows=2), outputs={"label": Output.of([1, 2, 3], "int64")})
    assert stored(first_rows(made, 1), outputs=True)["outputs"] == {"label": [1, 2, 3]}
