import math
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput
from maas.domain.inference.tensors import bind, squeezed
from maas.domain.non_finite import NonFinite

ROWS_OF_FOUR = Signature((Tensor("x", "float", (-1, 4)),), ())
IMAGES = Signature((Tensor("image", "uint8", (-1, 2, 2)),), ())
TWO_INPUTS = Signature((Tensor("age", "int64", (-1, 1)), Tensor("city", "string", (-1, 1))), ())


def one(dtype: str, *shape: int) -> Signature:
    return Signature((Tensor("x", dtype, shape),), ())


def broken(signature: Signature, features: Any = None, inputs: Any = None) -> tuple[str, str, str]:
    with pytest.raises(InvalidInput) as caught:
        bind(signature, features, inputs)
    (error,) = caught.value.fields
    return error.field, error.rule, error.message


def test_a_flat_list_is_one_row() -> None:
    feed = bind(ROWS_OF_FOUR, [5.1, 3.5, 1.4, 0.2])

    assert feed.single
    assert feed.values[0].shape == (1, 4)
    assert feed.values[0].elements == pytest.approx((5.1, 3.5, 1.4, 0.2))


def test_a_list_of_lists_is_a_batch_even_of_one() -> None:
    feed = bind(ROWS_OF_FOUR, [[1, 2, 3, 4]])

    assert not feed.single
    assert feed.values[0].shape == (1, 4)


def test_one_image_is_one_row() -> None:
    assert bind(IMAGES, [[1, 2], [3, 4]]).single
    assert not bind(IMAGES, [[[1, 2], [3, 4]]]).single


@pytest.mark.parametrize(
    ("shape", "values", "single"), [((-1,), ["a"], True), ((-1,), ["a", "b"], False), ((2,), ["a", "b"], True)]
)
def test_values_of_one_free_dimension_are_rows(shape: tuple[int, ...], values: list[str], single: bool) -> None:
    assert bind(one("string", *shape), values).single == single


@pytest.mark.parametrize("name", ["features", "instances"])
@pytest.mark.parametrize("rows", [[["a"]], [["a"], ["b"]]])
def test_rows_of_one_value_are_those_of_one_free_dimension(name: str, rows: list[list[str]]) -> None:
    given: dict[str, Any] = {name: rows}
    feed = bind(one("string", -1), **given)
    assert not feed.single
    assert feed.values[0].shape == (len(rows),)
    assert feed.values == bind(one("string", -1), [row[0] for row in rows]).values


@pytest.mark.parametrize(
    ("rows", "place", "count"),
    [([["a", "b"]], 0, "2"), ([["a"], []], 1, "0"), ([["a"], "b"], 1, "one without a list")],
)
def test_a_row_of_one_free_dimension_has_one_value(rows: list[Any], place: int, count: str) -> None:
    assert broken(one("string", -1), rows) == (f"features[{place}]", "shape", f"expected rows of 1 value, got {count}")


def test_named_inputs_get_the_order_of_the_signature() -> None:
    feed = bind(TWO_INPUTS, inputs={"city": [["Kyiv"]], "age": [[30]]})

    assert [values.name for values in feed.values] == ["age", "city"]
    assert not feed.single


def test_an_input_without_dimensions_is_one_value() -> None:
    assert bind(one("double"), inputs={"x": 3}).values[0].elements == (3.0,)


@pytest.mark.parametrize(
    ("features", "place", "rule", "message"),
    [
        ([5.1, 3.5, 1.4], "", "shape", "expected 4 features, got 3"),
        ([[1, 2, 3, 4], [1, 2, 3]], "[1]", "shape", "expected 4 features, got 3"),
        ([[]], "[0]", "shape", "expected 4 features, got 0"),
        ([[1, 2, 3, 4], 5], "[1]", "shape", "expected a list, as before it"),
        ([[[1, 2, 3, 4]]], "", "shape", "expected a list of rows"),
        ([1, 2, 3, {"x": 4}], "[3]", "shape", "expected one value"),
        ([1, 2, 3, "4"], "[3]", "type", "must be a number, or null for a missing value"),
        ([1, 2, 3, True], "[3]", "type", "must be a number, or null for a missing value"),
        ([1, 2, 3, NonFinite("nan")], "[3]", "finite", "must be a finite number; a missing value is null"),
        ([1, 2, 3, NonFinite("-inf")], "[3]", "finite", "must be a finite number; a missing value is null"),
        ([1, 2, 3, float("-inf")], "[3]", "range", "must be from -3.4028235e+38 to 3.4028235e+38"),
    ],
)
def test_bad_features_are_refused_with_rule_and_message(features: Any, place: str, rule: str, message: str) -> None:
    assert broken(ROWS_OF_FOUR, features) == (f"features{place}", rule, message)


@pytest.mark.parametrize(
    ("dtype", "value", "rule"),
    [
        ("float", 1e39, "range"),
        ("float", 10**400, "range"),
        ("double", 10**400, "range"),
        ("float16", 65505, "range"),
        ("uint8", 256, "range"),
        ("uint64", -1, "range"),
        ("int64", 2**63, "range"),
        ("int64", 1.5, "type"),
        ("int64", NonFinite("nan"), "finite"),
        ("bool", NonFinite("nan"), "type"),
        ("int64", float("inf"), "range"),
        ("int64", 9007199254740993.0, "range"),
        ("uint8", 256.0, "range"),
        ("int64", None, "type"),
        ("bool", None, "type"),
        ("string", None, "type"),
        ("int64", True, "type"),
        ("bool", 1, "type"),
        ("string", 1, "type"),
        ("string", "\ud800", "unicode"),
        ("complex64", 1, "dtype"),
        ("double", [1], "shape"),
    ],
)
def test_values_outside_of_their_type_are_refused(dtype: str, value: Any, rule: str) -> None:
    field = "inputs.x" if rule in ("dtype", "shape") else "inputs.x[0]"
    assert broken(one(dtype, -1), inputs={"x": [value]})[:2] == (field, rule)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("float", 3.4028234663852886e38),
        ("float16", -65504),
        ("uint64", 2**64 - 1),
        ("int8", -128),
        ("bool", False),
        ("string", "é"),
    ],
)
def test_the_limits_of_each_type_are_accepted(dtype: str, value: Any) -> None:
    assert bind(one(dtype, -1), inputs={"x": [value]}).values[0].elements == (value,)


def test_a_largest_number_of_an_answer_is_a_value_again() -> None:
    assert bind(one("float", -1), inputs={"x": [3.4028235e38]}).values[0].elements == (3.4028234663852886e38,)


@pytest.mark.parametrize("both", [{}, {"features": [1], "inputs": {"x": [1]}}])
def test_features_and_inputs_exclude_each_other(both: dict[str, Any]) -> None:
    assert broken(ROWS_OF_FOUR, **both)[:2] == ("features", "exclusive")


def test_features_need_a_model_of_one_input() -> None:
    assert broken(TWO_INPUTS, [1, 2]) == ("features", "single_input", "several inputs, send them by name: age, city")


@pytest.mark.parametrize(
    ("inputs", "field", "rule"),
    [
        ({"age": [[1]]}, "inputs.city", "required"),
        ({"age": [[1]], "city": [["a"]], "zip": [["1"]]}, "inputs.zip", "unknown"),
        ({"age": [[1, 2]], "city": [["a"]]}, "inputs.age[0]", "shape"),
    ],
)
def test_unknown_and_missing_inputs_are_named(inputs: dict[str, Any], field: str, rule: str) -> None:
    assert broken(TWO_INPUTS, inputs=inputs)[:2] == (field, rule)


def test_lists_of_one_level_must_have_one_length() -> None:
    field, rule, message = broken(one("float", -1, -1), inputs={"x": [[1], [1, 2]]})

    assert (field, rule) == ("inputs.x[1]", "shape")
    assert message == "expected as many items in dimension 2 everywhere, got 1, 2"


def test_equal_values_have_equal_digests() -> None:
    def digest(features: list[Any]) -> str:
        return bind(ROWS_OF_FOUR, features).digest()

    assert digest([5, 3, 1, 0]) == digest([[5.0, 3.0, 1.0, 0.0]])
    assert digest([5, 3, 1, 0]) != digest([5, 3, 0, 1])


def test_different_shapes_have_different_digests() -> None:
    flat = bind(one("float", -1, -1), inputs={"x": [[1, 2, 3, 4]]})
    square = bind(one("float", -1, -1), inputs={"x": [[1, 2], [3, 4]]})

    assert flat.digest() != square.digest()


@pytest.mark.parametrize("dtype", ["float16", "float", "double"])
def test_null_is_nan_in_a_float_input(dtype: str) -> None:
    one_missing = bind(one(dtype, -1), [1, None]).values[0].elements

    assert one_missing[0] == 1
    assert math.isnan(one_missing[1])


def test_the_range_is_checked_beside_a_missing_value() -> None:
    assert broken(one("float", -1), [None, 1e39])[1] == "range"


@pytest.mark.parametrize("dtype", ["int64", "bool", "string"])
def test_null_elsewhere_is_told_to_be_for_floats(dtype: str) -> None:
    assert broken(one(dtype, -1), [None])[2].endswith("null is a missing value in float inputs only")


def test_equal_gaps_have_equal_digests() -> None:
    def digest(features: list[Any]) -> str:
        return bind(ROWS_OF_FOUR, features).digest()

    assert digest([1, None, 3, 4]) == digest([[1.0, None, 3, 4]])
    assert digest([1, None, 3, 4]) != digest([1, 3, None, 4])
    assert digest([None] * 4) != digest([0] * 4)


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint64"])
def test_a_number_with_zero_fraction_is_whole(dtype: str) -> None:
    elements = bind(one(dtype, -1), [3.0, 1e2, 5]).values[0].elements

    assert elements == (3, 100, 5)
    assert [type(element) for element in elements] == [int] * 3
    assert bind(one(dtype, -1), [3.0]).digest() == bind(one(dtype, -1), [3]).digest()


def test_digits_alone_are_exact_above_2_to_53() -> None:
    assert bind(one("int64", -1), [2**53 + 1]).values[0].elements == (2**53 + 1,)
    assert bind(one("int64", -1), [2.0**53 - 1]).values[0].elements == (2**53 - 1,)


@pytest.mark.parametrize(
    ("shape", "value", "expected"),
    [
        ((-1,), [], (0,)),
        ((-1, 4), [], (0, 4)),
        ((2, -1), [[], []], (2, 0)),
        ((-1, -1), [], (0, 0)),
        ((-1, 3, -1), [], (0, 3, 0)),
    ],
)
def test_a_free_dimension_may_have_length_0(shape: tuple[int, ...], value: Any, expected: tuple[int, ...]) -> None:
    values = bind(one("float", *shape), inputs={"x": value}).values[0]

    assert (values.shape, values.elements) == (expected, ())


@pytest.mark.parametrize(
    ("shape", "value", "field"),
    [
        ((2, 4), [], "inputs.x"),
        ((-1, 4), [[]], "inputs.x[0]"),
        ((2, -1), [], "inputs.x"),
        ((2, -1), [[]], "inputs.x"),
        ((4,), [], "inputs.x"),
    ],
)
def test_a_fixed_dimension_keeps_its_length(shape: tuple[int, ...], value: Any, field: str) -> None:
    assert broken(one("float", *shape), inputs={"x": value})[:2] == (field, "shape")


def test_no_features_are_a_list_of_no_rows() -> None:
    feed = bind(ROWS_OF_FOUR, [])

    assert (feed.single, feed.values[0].shape) == (False, (0, 4))
    assert feed.digest() != bind(ROWS_OF_FOUR, [[0, 0, 0, 0]]).digest()


def test_squeezed_removes_lists_of_one_item() -> None:
    assert squeezed([[3.2]]) == 3.2
    assert squeezed([[1, 2]]) == [1, 2]
    assert squeezed([]) == []


@pytest.mark.parametrize(
    ("instances", "elements"),
    [([[1, 2, 3, 4]], (1, 2, 3, 4)), ([[1, 2, 3, 4], [5, 6, 7, 8]], (1, 2, 3, 4, 5, 6, 7, 8)), ([], ())],
)
def test_instances_are_rows_even_a_single_one(instances: list[Any], elements: tuple[float, ...]) -> None:
    feed = bind(ROWS_OF_FOUR, instances=instances)

    assert (feed.values[0].elements, feed.single, feed.field) == (elements, False, "instances")


def test_instances_may_be_records() -> None:
    signature = Signature((Tensor("age", "float", (-1, 1)), Tensor("sex", "string", (-1, 1))), ())

    feed = bind(signature, instances=[{"sex": "male", "age": 22}, {"age": None, "sex": "female"}])

    assert [values.shape for values in feed.values] == [(2, 1), (2, 1)]
    assert feed.values[1].elements == ("male", "female")
