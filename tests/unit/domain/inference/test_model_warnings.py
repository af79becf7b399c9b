import json

import pytest

from maas.domain.catalog.versions import WARNING_MAX, WARNINGS_MAX, Signature, Tensor
from maas.domain.inference.model_warnings import warnings_of
from maas.domain.tensor_rules import RANK_MAX, TENSOR_NAME_MAX, TENSORS_MAX

X = Tensor("x", "float", (-1, 2))


def warnings(*outputs: Tensor, x: Tensor = X) -> tuple[str, ...]:
    return warnings_of(Signature((x,), outputs))


def test_outputs_by_row_give_no_warning() -> None:
    assert warnings(Tensor("label", "int64", (-1,)), Tensor("scores", "float", (-1, 3))) == ()
    assert warnings() == ()


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((1, -1), "is declared as [1, any]; calls with several rows may answer it whole, not row by row"),
        ((1,), "is declared as [1]; calls with several rows may answer it whole, not row by row"),
        ((), "is declared without dimensions; calls with several rows may answer it whole, not row by row"),
        ((2, -1), "is declared as [2, any]; calls with several rows answer it whole, not row by row"),
    ],
)
def test_an_output_that_is_not_by_row_is_named(shape: tuple[int, ...], words: str) -> None:
    scores, label = Tensor("scores", "float", (-1, 3)), Tensor("label", "int64", shape)
    assert warnings(scores, label) == (f"output label {words}",)


def test_a_fixed_number_of_rows_gives_no_warning() -> None:
    assert warnings(Tensor("label", "int64", (1, -1)), x=Tensor("x", "float", (1, 2))) == ()


@pytest.mark.parametrize("shape", [(1, 84, 8400), (-1, 84, 8400)])
def test_a_first_output_that_predictions_leave_out_is_named(shape: tuple[int, ...]) -> None:
    image = Tensor("image", "float", (shape[0], 3, 8, 8))
    boxes, best = Tensor("boxes", "float", shape), Tensor("best", "int64", (shape[0],))

    assert warnings(best, boxes, x=image) == ()
    (found,) = warnings(boxes, best, x=image)
    assert found == (
        "the first output, boxes, has at least 705600 values for each row; prediction is null above 10000, "
        "outputs has the values"
    )


def test_outputs_that_do_not_fit_together_are_counted() -> None:
    halves = [Tensor(name, "float", (-1, 3, 1200, 1200)) for name in ("left", "right")]
    found = warnings(Tensor("y", "float", (-1,)), *halves)
    least = 2 * len(json.dumps([[[[0.0] * 1200] * 1200] * 3], separators=(",", ":"))) + len("[0.0]")
    assert [text.partition(";")[0] for text in found] == [f"all outputs together have at least {least} bytes of JSON"]


def test_very_many_and_very_long_warnings_keep_their_bounds() -> None:
    shape = (1, *(2**63 - 1,) * (RANK_MAX - 1))
    names = [f"{number:03d}".ljust(TENSOR_NAME_MAX, "x") for number in range(TENSORS_MAX)]
    found = warnings(*(Tensor(name, "float", shape) for name in names))

    assert len(found) == WARNINGS_MAX
    assert max(map(len, found)) <= WARNING_MAX
    assert found[-1] == f"{TENSORS_MAX + 2 - (WARNINGS_MAX - 1)} more warnings are left out"
