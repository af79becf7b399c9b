import json
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.inference.sizes import ANSWER_MAX, REQUEST_MAX, crowded, least_answer, unservable
from maas.domain.tensor_rules import Family

SMALL = Tensor("y", "float", (-1, 2))


def image(side: int, name: str = "image") -> Tensor:
    return Tensor(name, "float", (1, 3, side, side))


@pytest.mark.parametrize(
    ("family", "values"),
    [
        (Family.FLOAT, [[0.0] * 3] * 2),
        (Family.INTEGER, [[[0], [0]]]),
        (Family.BOOL, [True] * 5),
        (Family.STRING, [["", ""]]),
        (Family.INTEGER, [[], []]),
        (Family.FLOAT, 0.0),
    ],
)
def test_the_least_size_is_that_of_the_shortest_json(family: Family, values: Any) -> None:
    shape, level = [], values
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0] if level else None
    assert least_answer(shape, family) == len(json.dumps(values, separators=(",", ":")))


def test_an_image_model_of_usual_size_may_be_served() -> None:
    detections = Tensor("detections", "float", (1, 84, 8400))
    assert unservable(Signature((image(640),), (detections,))) is None
    assert unservable(Signature((Tensor("x", "float", (-1, 4)),), (SMALL,))) is None


def test_inputs_that_no_request_can_hold_are_refused_with_both_numbers() -> None:
    reason = unservable(Signature((image(1280),), (SMALL,)))

    least = len(json.dumps([[[[0] * 1280] * 1280] * 3], separators=(",", ":")))
    assert least > REQUEST_MAX
    assert reason == f"one call has at least {least} bytes of JSON as inputs; a request has at most {REQUEST_MAX}"


def test_inputs_count_together() -> None:
    assert unservable(Signature((image(900, "left"),), (SMALL,))) is None
    assert unservable(Signature((image(900, "left"), image(900, "right")), (SMALL,))) is not None


def test_outputs_that_no_answer_can_hold_are_refused_with_both_numbers() -> None:
    reason = unservable(Signature((SMALL,), (image(1700),)))

    least = len(json.dumps([[[[0.0] * 1700] * 1700] * 3], separators=(",", ":")))
    assert least > ANSWER_MAX
    assert reason == f"its smallest output has at least {least} bytes of JSON; an answer has at most {ANSWER_MAX}"


def test_one_output_that_fits_is_enough() -> None:
    assert unservable(Signature((SMALL,), (image(1700), SMALL))) is None


def test_outputs_that_fit_alone_may_not_fit_together() -> None:
    halves = (image(1200, "left"), image(1200, "right"))
    least = len(json.dumps([[[0.0] * 1200] * 1200] * 3, separators=(",", ":")))
    assert least < ANSWER_MAX < 2 * least
    assert crowded(Signature((SMALL,), halves[:1])) is None
    assert crowded(Signature((SMALL,), halves)) == (
        f"all outputs together have at least {2 * least + 4} bytes of JSON; an answer has at most {ANSWER_MAX}: "
        "calls must choose some by outputs"
    )


def test_a_model_without_sizes_may_be_served() -> None:
    assert unservable(Signature((), ())) is None
    assert unservable(Signature((Tensor("x", "bfloat16", (10**9,)),), (SMALL,))) is None
