"""Answers of two versions, compared."""

import math
from collections.abc import Sequence
from typing import Any

import pytest

from maas.domain.inference.outputs import Form, Output
from maas.domain.inference.packing import packed
from maas.domain.rollouts.tolerances import Tolerance
from maas.domain.shadowing.comparing import LEAD, SHOWN_MAX, Disagreement, Kind, compared
from maas.domain.shadowing.shadows import Answered


def raw(dtype: str, shape: Sequence[int], elements: Sequence[Any]) -> Output:
    return Output(packed(dtype, elements), tuple(shape), dtype)


def kind(dtype: str, shape: Sequence[int], live: Sequence[Any], candidate: Sequence[Any]) -> Kind | None:
    answer = {"y": Answered(Form.RAW, raw(dtype, shape, live))}
    found = compared(answer, {"y": raw(dtype, shape, candidate)})
    return found.kind if found else None


@pytest.mark.parametrize(
    ("dtype", "live", "candidate", "expected"),
    [
        ("int64", [1, 2], [1, 2], None),
        ("int64", [1, 2], [1, 3], Kind.LABEL),
        ("string", ["setosa", "ä"], ["setosa", "ä"], None),
        ("string", ["setosa", "ä"], ["setosa", "a"], Kind.LABEL),
        ("bool", [True, False], [True, True], Kind.LABEL),
        ("double", [100.0, -5.0], [100.9, -5.04], None),
        ("double", [100.0, -5.0], [101.1, -5.0], Kind.NUMBER),
        ("double", [0.0, 1e-7], [1e-6, 0.0], None),
        ("double", [0.0, 0.0], [2e-6, 0.0], Kind.NUMBER),
        ("float", [math.nan, 1.0], [math.nan, 1.0], None),
        ("float", [math.nan, 1.0], [0.0, 1.0], Kind.NUMBER),
    ],
)
def test_labels_are_equal_and_numbers_close(dtype: str, live: Any, candidate: Any, expected: Kind | None) -> None:
    assert kind(dtype, [2], live, candidate) == expected


@pytest.mark.parametrize(
    ("tolerance", "candidate", "expected"),
    [
        (Tolerance(), 100.9, None),
        (Tolerance(absolute=0, relative=0), 100.0, None),
        (Tolerance(absolute=0, relative=0), 100.00000000000001, Kind.NUMBER),
        (Tolerance(absolute=0, relative=0.001), 100.05, None),
        (Tolerance(absolute=0, relative=0.001), 100.9, Kind.NUMBER),
        (Tolerance(absolute=5, relative=0), 104.9, None),
        (Tolerance(absolute=5, relative=0), 105.1, Kind.NUMBER),
        (Tolerance(absolute=0, relative=1), 0.0, None),
    ],
)
def test_numbers_agree_within_the_tolerance_of_the_rollout(
    tolerance: Tolerance, candidate: float, expected: Kind | None
) -> None:
    answer = {"y": Answered(Form.RAW, raw("double", [1], [100.0]))}
    found = compared(answer, {"y": raw("double", [1], [candidate])}, tolerance)
    assert (found.kind if found else None) == expected


@pytest.mark.parametrize(
    ("live", "candidate", "expected"),
    [
        ([0.7, 0.2, 0.1], [0.5, 0.3, 0.2], None),
        ([0.7, 0.2, 0.1], [0.3, 0.4, 0.3], Kind.RANK),
        ([0.7, 0.17, 0.13], [0.6, 0.1, 0.3], None),  # live puts them closer together than the lead
        ([0.7, 0.2, 0.1], [0.6, 0.1, 0.3], Kind.RANK),
        ([0.7, 0.2, 0.1], [math.nan, 0.1, 0.3], Kind.RANK),
        ([0.7, 0.2, 0.2], [0.7, 0.2, 0.3], Kind.NUMBER),  # they do not add up to 1
    ],
)
def test_probabilities_rank_classes_alike(live: Any, candidate: Any, expected: Kind | None) -> None:
    assert kind("float", [1, 3], live, candidate) == expected


def test_a_class_is_behind_every_one_that_leads_it() -> None:
    classes = 200
    live = [2 * (classes - place) / (classes * (classes + 1)) for place in range(classes)]
    assert sum(live) == pytest.approx(1)
    assert max(live) < LEAD
    assert kind("double", [1, classes], live, live[::-1]) is None
    assert kind("double", [1, 2], [0.5 + LEAD / 2, 0.5 - LEAD / 2], [0.4, 0.6]) is Kind.RANK


@pytest.mark.parametrize("form", [Form.NESTED, Form.FLAT])
def test_answers_in_json_are_compared_with_bytes(form: Form) -> None:
    content = b"[[1.5,null],[2.5,3.5]]" if form is Form.NESTED else b"[1.5,null,2.5,3.5]"
    live = {"y": Answered(form, Output(content, (2, 2), "float"))}
    assert compared(live, {"y": raw("float", [2, 2], [1.5, math.inf, 2.5, 3.5])}) is None
    found = compared(live, {"y": raw("float", [2, 2], [1.5, math.inf, 2.5, 9.5])})
    assert found == Disagreement("y", Kind.NUMBER, 1, (2.5, 3.5), (2.5, 9.5))


@pytest.mark.parametrize("form", [Form.NESTED, Form.FLAT])
def test_a_single_value_is_compared(form: Form) -> None:
    live = {"y": Answered(form, Output(b"3" if form is Form.NESTED else b"[3]", (), "int64"))}
    assert compared(live, {"y": raw("int64", [], [3])}) is None
    assert compared(live, {"y": raw("int64", [], [4])}) == Disagreement("y", Kind.LABEL, 0, (3,), (4,))


def test_another_shape_is_a_disagreement_without_a_look_at_the_elements() -> None:
    live = {"y": Answered(Form.NESTED, Output(b"[1,2]", (2,), "int64"))}
    found = compared(live, {"y": Output(b"", (7_000_000,), "int64")})
    assert found == Disagreement("y", Kind.SHAPE, 0, (2,), (7_000_000,))


def test_of_a_wide_row_the_part_with_the_difference_is_shown() -> None:
    live, other = list(range(50)), list(range(50))
    other[38] = -1
    found = compared({"y": Answered(Form.RAW, raw("int64", [2, 25], live))}, {"y": raw("int64", [2, 25], other)})
    assert found is not None
    assert (found.row, found.live) == (1, tuple(range(35, 45)))
    assert found.candidate == (35, 36, 37, -1, *range(39, 45))
    assert len(found.live) == SHOWN_MAX


def test_the_first_output_that_disagrees_is_named() -> None:
    live = {name: Answered(Form.RAW, raw("int64", [1], [1])) for name in ("a", "b", "c")}
    candidate = {"a": raw("int64", [1], [1]), "b": raw("int64", [1], [2]), "c": raw("int64", [1], [3])}
    found = compared(live, candidate)
    assert found is not None
    assert found.output == "b"


def test_outputs_without_elements_agree() -> None:
    assert kind("float", [0, 3], [], []) is None
