"""Errors name the first value that is wrong, by its place in what the caller has sent."""

from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput
from maas.domain.inference.frames import Split
from maas.domain.inference.given_tensors import GivenTensor, bound
from maas.domain.inference.tensors import bind

CUBE = Signature((Tensor("x", "uint8", (1, 3, 3)),), ())
ROWS_OF_FOUR = Signature((Tensor("X", "float", (-1, 4)),), ())
FLOWERS = Signature((Tensor("X", "float", (-1, 2)),), ())


@pytest.mark.parametrize("wrong", range(9))
def test_the_first_wrong_value_is_named(wrong: int) -> None:
    values = [[[3 * row + column for column in range(3)] for row in range(3)]]
    for position in range(wrong, 9, 2):
        values[0][position // 3][position % 3] = 300
    with pytest.raises(InvalidInput) as caught:
        bind(CUBE, inputs={"x": values})
    assert caught.value.fields[0].field == f"inputs.x[0][{wrong // 3}][{wrong % 3}]"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"features": {"length": 1, "width": "2"}}, "features.width"),
        ({"features": [{"length": 1, "width": 2}, {"length": "1", "width": 2}]}, "features[1].length"),
        ({"split": Split(["width", "length"], [[2, 1], [2, "1"]])}, "dataframe_split.data[1].length"),
        ({"records": [{"length": 1, "width": [2]}]}, "dataframe_records[0].width"),
        ({"features": [[1, 2], [3, None], [5, "6"]]}, "features[2][1]"),
        ({"features": [1, "2"]}, "features[1]"),
        ({"instances": [[1, 2], [3]]}, "instances[1]"),
        ({"instances": [[1, 2], [3, 1e39]]}, "instances[1][1]"),
        ({"inputs": {"X": [[1, 2], [3, True]]}}, "inputs.X[1][1]"),
    ],
)
def test_a_wrong_value_of_a_wide_input_is_named(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        bind(FLOWERS, **given, feature_names=["length", "width"])
    assert [error.field for error in caught.value.fields] == [field]


@pytest.mark.parametrize("nested", [True, False])
def test_the_first_wrong_element_of_a_tensor_is_named(nested: bool) -> None:
    data = [[1, 2], [3, 300], [301, 4]] if nested else [1, 2, 3, 300, 301, 4]
    with pytest.raises(InvalidInput) as caught:
        bound(Signature((Tensor("x", "uint8", (-1, 2)),), ()), [GivenTensor("x", "UINT8", (3, 2), data)])
    place = "[1][1]" if nested else "[3]"
    assert [error.field for error in caught.value.fields] == [f"inputs[0].data{place}"]


@pytest.mark.parametrize(
    ("instances", "place"),
    [([1, 2, 3, 4], ""), ([[1, 2, 3]], "[0]"), ([[1, 2, 3, 4], 5], "[1]"), ([[1, 2, 3, 4], {"x": 1}], "[1]")],
)
def test_instances_that_do_not_fit_are_named(instances: list[Any], place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        bind(ROWS_OF_FOUR, instances=instances)

    assert caught.value.fields[0].field == f"instances{place}"


def test_instances_of_several_inputs_are_records() -> None:
    with pytest.raises(InvalidInput, match="instances: the model has several inputs: send records with a, b"):
        bind(Signature((Tensor("a", "float", (-1,)), Tensor("b", "float", (-1,))), ()), instances=[[1, 2]])
