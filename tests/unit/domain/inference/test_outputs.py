from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput
from maas.domain.inference.outputs import ROW_VALUES_MAX, Output, chosen, not_by_row, rows_of, whole
from maas.domain.inference.tensors import bind

X = Tensor("x", "float", (-1, 2))
LABEL, SCORES = Tensor("label", "int64", (-1,)), Tensor("scores", "float", (-1, 3))
SIGNATURE = Signature((X,), (LABEL, SCORES))


def rows(shape: tuple[int, ...], values: Any, count: int, inputs: tuple[Tensor, ...] = (X,)) -> Any:
    """The rows of an output that the file declares with `shape`, for a feed of `count` rows."""
    tensor = Tensor("y", "float", shape)
    signature = Signature(inputs, (tensor,))
    feed = bind(signature, inputs={each.name: [[1, 2]] * count for each in inputs})
    return rows_of(signature, feed, tensor, Output.of(values))


def test_outputs_are_chosen_in_the_order_of_the_request() -> None:
    assert chosen(SIGNATURE, None) == (LABEL, SCORES)
    assert chosen(SIGNATURE, ["scores", "label"]) == (SCORES, LABEL)
    assert chosen(SIGNATURE, ["scores"]) == (SCORES,)


@pytest.mark.parametrize(
    ("names", "field", "rule"),
    [(["label", "other"], "outputs[1]", "unknown"), (["label", "scores", "label"], "outputs[2]", "repeated")],
)
def test_an_unknown_or_repeated_output_is_named(names: list[str], field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        chosen(SIGNATURE, names)
    assert [(error.field, error.rule) for error in caught.value.fields] == [(field, rule)]


@pytest.mark.parametrize("shape", [(-1,), (1,), (), (-1, -1)])
def test_an_output_with_an_item_for_each_row_is_by_row(shape: tuple[int, ...]) -> None:
    """Older converters declare [1] for [n], and none at all where they do not know it."""
    assert rows(shape, [7, 8, 9], 3) == [7, 8, 9]


@pytest.mark.parametrize(("values", "count"), [([[0, 1, 2]], 3), (5, 3), ([1], 3), ([1, 2], 0)])
def test_an_output_of_another_length_is_not_by_row(values: Any, count: int) -> None:
    assert rows((1, -1), values, count) is None


def test_one_row_of_a_transposed_output_is_by_row() -> None:
    assert rows((1, -1), [[2]], 1) == [[2]]


def test_a_fixed_length_is_not_by_row_even_by_chance() -> None:
    assert rows((3,), [7, 8, 9], 3) is None
    assert rows((3,), [7, 8, 9], 3, (Tensor("x", "float", (3, 2)),)) == [7, 8, 9]


def test_inputs_of_different_length_have_no_rows() -> None:
    query, documents = Tensor("query", "float", (-1, 2)), Tensor("documents", "float", (-1, 2))
    tensor = Tensor("y", "float", (-1,))
    signature = Signature((query, documents), (tensor,))
    feed = bind(signature, inputs={"query": [[1, 2]], "documents": [[1, 2], [3, 4]]})

    assert rows_of(signature, feed, tensor, Output.of([0.5, 0.5])) is None


def test_an_input_of_fixed_length_does_not_count_rows() -> None:
    weights = Tensor("weights", "float", (4, 2))
    tensor = Tensor("y", "float", (-1,))
    signature = Signature((X, weights), (tensor,))
    feed = bind(signature, inputs={"x": [[1, 2]] * 3, "weights": [[1, 2]] * 4})

    assert rows_of(signature, feed, tensor, Output.of([7, 8, 9])) == [7, 8, 9]


def test_a_row_of_very_many_values_is_not_repeated() -> None:
    assert rows((-1, -1), [[0] * ROW_VALUES_MAX] * 2, 2) == [[0] * ROW_VALUES_MAX] * 2
    assert rows((-1, -1), [[0] * (ROW_VALUES_MAX + 1)] * 2, 2) == [None, None]
    assert whole(Output.of([0] * ROW_VALUES_MAX)) == [0] * ROW_VALUES_MAX
    assert whole(Output.of([0] * (ROW_VALUES_MAX + 1))) is None


def test_outputs_without_a_free_first_dimension_are_found_in_the_signature() -> None:
    transposed, scalar = Tensor("label", "int64", (1, -1)), Tensor("y", "float", ())
    assert not_by_row(Signature((X,), (transposed, SCORES, scalar))) == (transposed, scalar)
    assert not_by_row(Signature((Tensor("x", "float", (1, 2)),), (transposed,))) == ()


def test_an_output_has_the_shape_of_its_lists() -> None:
    assert Output.of([[1.5, None], [2.0, 3.0]]) == Output(b"[[1.5,null],[2.0,3.0]]", (2, 2), "float")
    assert (Output.of(3).shape, Output.of([]).shape) == ((), (0,))
