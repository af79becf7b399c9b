"""Predictions as CSV."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import pytest

from maas.domain.errors import InvalidInput
from maas.domain.inference.outputs import Output
from maas.services.questions import Prediction
from maas.web.presenters.csv_tables import prediction_csv
from tests.support.sample_records import VERSION


def lines(outputs: Mapping[str, Any], class_names: list[str | None] | None = None) -> list[list[str]]:
    found = Prediction(
        id="p",
        version=VERSION,
        rollout=None,
        single=False,
        rows=[],
        class_names=class_names or [],
        outputs={name: Output.of(values) for name, values in outputs.items()},
        age=None,
        seconds=0,
    )
    return [*csv.reader(io.StringIO(prediction_csv(found).decode(), newline=""))]


def test_each_row_is_a_line() -> None:
    found = lines({"label": [1, 0], "score": [[0.25, 0.1], [1.0, 2.5]]}, ["b", "a"])

    assert found == [
        ["class_name", "label", "score_0", "score_1"],
        ["b", "1", "0.25", "0.1"],
        ["a", "0", "1.0", "2.5"],
    ]


def test_a_column_of_one_number_a_row_has_the_name_of_the_output() -> None:
    assert lines({"y": [[1.5], [None]]}) == [["y"], ["1.5"], [""]]


def test_text_is_quoted_and_booleans_are_json_s() -> None:
    found = lines({"text": ['say "no", so', "a\nb"], "flag": [True, False]})

    assert found == [["text", "flag"], ['say "no", so', "true"], ["a\nb", "false"]]


def test_no_rows_are_a_header_alone() -> None:
    assert lines({"y": []}) == [["y"]]


def test_whole_numbers_lose_nothing() -> None:
    assert lines({"y": [2**63 - 1, -(2**63)]})[1:] == [["9223372036854775807"], ["-9223372036854775808"]]


@pytest.mark.parametrize("values", [3, [1], [[1, 2], [3, 4], [5, 6]]])
def test_an_output_that_is_not_by_row_is_refused(values: Any) -> None:
    with pytest.raises(InvalidInput, match="outputs: z has no item for each row"):
        lines({"y": [1, 2], "z": values})
