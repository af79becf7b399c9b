"""Sketches of predictions: columns, kinds of values, and what is missing."""

import math

import pytest

from maas.adapters.sketches import predictions
from maas.domain.catalog.versions import Tensor
from maas.domain.monitoring.columns import COLUMNS_MAX
from maas.domain.monitoring.distributions import LARGEST
from maas.domain.monitoring.sketches import Moments
from tests.support.predicted import LABEL, X, predicted, version


def test_columns_have_the_names_that_callers_use() -> None:
    made = [predicted(version(feature_names=["width", "length"]), {"x": [1, 2, 3, 4]}, {"label": [0, 1]}, rows=2)]
    found = predictions.sketched(made)
    assert (found.calls, found.rows) == (1, 2)
    assert [*found.inputs] == ["width", "length"]
    assert found.inputs["length"].moments == Moments(2, 3.0, 2.0, 2.0, 4.0)
    assert found.outputs["label"].values.counts == {"0": 1, "1": 1}


def test_columns_without_names_are_numbered() -> None:
    found = predictions.sketched([predicted(version(), {"x": [1, 2]}, {"label": [0]})])
    assert [*found.inputs] == ["x[0]", "x[1]"]


def test_nan_infinity_and_null_are_missing() -> None:
    probability = Tensor("p", "float", (-1,))
    of = version(outputs=[probability])
    made = [predicted(of, {"x": [math.nan, 1, math.inf, 2]}, {"p": [None, 0.5]}, rows=2)]
    found = predictions.sketched(made)
    assert [(each.count, each.missing) for each in found.inputs.values()] == [(0, 2), (2, 0)]
    assert (found.outputs["p"].count, found.outputs["p"].missing) == (1, 1)


def test_texts_and_booleans_are_counted_by_value() -> None:
    of = version([Tensor("city", "string", (-1, 1)), Tensor("new", "bool", (-1,))])
    made = [predicted(of, {"city": ["Kraków", "Oslo" * 100], "new": [True, False]}, {"label": [0, 0]}, rows=2)]
    found = predictions.sketched(made)
    assert found.inputs["city"].values.counts == {"Kraków": 1, "Oslo" * 16: 1}
    assert found.inputs["new"].values.counts == {"true": 1, "false": 1}
    assert found.inputs["city"].quantiles == b""


def test_a_tensor_of_too_many_columns_is_one_column() -> None:
    image = Tensor("image", "uint8", (-1, 3, 224, 224))
    found = predictions.sketched([predicted(version([image]), {"image": [7] * 150_528}, {"label": [0]})])
    assert {name: each.count for name, each in found.inputs.items()} == {"image": 150_528}
    assert COLUMNS_MAX < 150_528


@pytest.mark.parametrize("dtype", ["float16", "float", "double", "int8", "int64", "uint64"])
def test_every_type_of_numbers_is_read(dtype: str) -> None:
    of = version([Tensor("x", dtype, (-1, 1))], [LABEL])
    found = predictions.sketched([predicted(of, {"x": [1, 2, 6]}, {"label": [0] * 3}, rows=3)])
    assert (found.inputs["x"].moments.mean, found.inputs["x"].moments.high) == (3.0, 6.0)


def test_an_output_that_was_not_computed_has_no_values() -> None:
    made = predicted(version(), {"x": [1, 2]}, {"label": [0]})
    object.__setattr__(made, "wanted", [])
    assert predictions.sketched([made]).outputs == {}


def test_predictions_of_one_version_are_sketched_together() -> None:
    made = [predicted(version([X]), {"x": [number, 0]}, {"label": [0]}) for number in range(1000)]
    found = predictions.sketched(made)
    assert (found.calls, found.rows, found.inputs["x[0]"].count) == (1000, 1000, 1000)
    assert len(found.inputs["x[0]"].quantiles) < 3_000


def test_numbers_beyond_32_bit_floats_are_the_largest_of_them() -> None:
    of = version([Tensor("x", "double", (-1, 1))])
    column = predictions.sketched([predicted(of, {"x": [1e300, -1e300]}, {"label": [0, 0]}, rows=2)]).inputs["x"]
    assert (column.moments.low, column.moments.high) == (-LARGEST, LARGEST)
    assert math.isfinite(column.moments.squares)
    assert predictions.distribution(column.quantiles, 2).points[-1] == pytest.approx(LARGEST)
