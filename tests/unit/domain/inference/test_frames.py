"""Data frames as people have them, for a model with one input for each column and for one wide input."""

from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput
from maas.domain.inference.frames import Split
from maas.domain.inference.tensors import Feed, bind

PEOPLE = Signature((Tensor("age", "float", (-1, 1)), Tensor("sex", "string", (-1, 1))), ())
FLOWERS = Signature((Tensor("X", "float", (-1, 2)),), ())
NAMES = ["length", "width"]
TWO_PEOPLE: list[dict[str, Any]] = [{"age": 22, "sex": "male"}, {"sex": "female", "age": None}]


def values(feed: Feed) -> dict[str, tuple[tuple[int, ...], list[Any]]]:
    """Returns shape and elements of each input, with None for NaN."""
    return {
        values.name: (values.shape, [None if element != element else element for element in values.elements])
        for values in feed.values
    }


ONE = {"age": ((1, 1), [22]), "sex": ((1, 1), ["male"])}
TWO = {"age": ((2, 1), [22, None]), "sex": ((2, 1), ["male", "female"])}


@pytest.mark.parametrize(
    "given",
    [
        {"inputs": {"age": 22, "sex": "male"}},
        {"inputs": {"age": 22, "sex": ["male"]}},
        {"features": {"sex": "male", "age": 22}},
        {"features": {"sex": ["male"], "age": [22]}},
    ],
)
def test_one_row_may_be_scalars_by_name(given: dict[str, Any]) -> None:
    feed = bind(PEOPLE, **given)

    assert (feed.single, values(feed)) == (True, ONE)


@pytest.mark.parametrize(
    "given",
    [
        {"inputs": {"age": [22, None], "sex": ["male", "female"]}},
        {"inputs": {"age": [[22], [None]], "sex": ["male", "female"]}},
        {"features": TWO_PEOPLE},
        {"records": TWO_PEOPLE},
        {"split": Split(["sex", "age"], [["male", 22], ["female", None]])},
    ],
)
def test_columns_records_and_split_are_the_same_rows(given: dict[str, Any]) -> None:
    feed = bind(PEOPLE, **given)

    assert (feed.single, values(feed)) == (False, TWO)


@pytest.mark.parametrize(
    "given", [{"records": []}, {"split": Split(["age", "sex"], [])}, {"inputs": {"age": [], "sex": []}}]
)
def test_a_frame_without_rows_has_shape_0(given: dict[str, Any]) -> None:
    assert values(bind(PEOPLE, **given)) == {"age": ((0, 1), []), "sex": ((0, 1), [])}


@pytest.mark.parametrize(
    ("given", "field", "rule"),
    [
        ({"inputs": {"age": [22, 30], "sex": ["male"]}}, "inputs.sex", "shape"),
        ({"inputs": {"age": 22, "sex": ["male", "female"]}}, "inputs.sex", "shape"),
        ({"inputs": {"age": 22}}, "inputs.sex", "required"),
        ({"inputs": {"age": "22", "sex": "male"}}, "inputs.age", "type"),
        ({"features": {"age": 22}}, "features.sex", "required"),
        ({"features": [TWO_PEOPLE[0], {"age": 1}]}, "features[1].sex", "required"),
        ({"features": [TWO_PEOPLE[0], [22, "male"]]}, "features[1]", "type"),
        ({"records": [{**TWO_PEOPLE[0], "zip": 1}]}, "dataframe_records[0].zip", "unknown"),
        ({"records": [{"age": "22", "sex": "male"}]}, "dataframe_records[0].age", "type"),
        ({"records": [{"age": [1, 2], "sex": "male"}]}, "dataframe_records[0].age", "shape"),
        ({"records": [*TWO_PEOPLE, {"age": 5, "sex": 7}]}, "dataframe_records[2].sex", "type"),
        ({"features": {"age": "22", "sex": "male"}}, "features.age", "type"),
        ({"features": [*TWO_PEOPLE, {"age": "22", "sex": "male"}]}, "features[2].age", "type"),
        ({"instances": [*TWO_PEOPLE, {"age": 22, "sex": None}]}, "instances[2].sex", "type"),
        ({"inputs": {"age": [22, "30"], "sex": ["male", "female"]}}, "inputs.age[1]", "type"),
        ({"inputs": {"age": [[22], ["30"]], "sex": [["male"], ["female"]]}}, "inputs.age[1][0]", "type"),
        ({"inputs": {"age": [[22], [30, 1]], "sex": [["male"], ["female"]]}}, "inputs.age[1]", "shape"),
        ({"split": Split(["sex", "age"], [["male", 22], ["male", "x"]])}, "dataframe_split.data[1].age", "type"),
        ({"split": Split(["age"], [[22]])}, "dataframe_split.columns.sex", "required"),
        ({"split": Split(["age", "sex", "zip"], [[22, "male", 1]])}, "dataframe_split.columns.zip", "unknown"),
        ({"split": Split(["age", "sex", "age"], [[22, "male", 1]])}, "dataframe_split.columns", "repeated"),
        ({"split": Split(["age", "sex"], [[22, "male"], [22]])}, "dataframe_split.data[1]", "shape"),
        ({"records": [], "split": Split([], [])}, "features", "exclusive"),
    ],
)
def test_a_frame_that_does_not_fit_is_named(given: dict[str, Any], field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        bind(PEOPLE, **given)
    assert [(error.field, error.rule) for error in caught.value.fields] == [(field, rule)]


def test_feature_names_order_the_columns_of_a_wide_input() -> None:
    record = {"width": 2, "length": 1}

    one = bind(FLOWERS, record, feature_names=NAMES)
    assert (one.single, values(one)) == (True, {"X": ((1, 2), [1, 2])})
    assert values(bind(FLOWERS, records=[record] * 2, feature_names=NAMES)) == {"X": ((2, 2), [1, 2, 1, 2])}
    split = Split(["width", "length"], [[2, 1]])
    assert values(bind(FLOWERS, split=split, feature_names=NAMES)) == {"X": ((1, 2), [1, 2])}


@pytest.mark.parametrize("names", [None, "length", ["length"], ["length", "length"], ["length", 2], ["a", "b", "c"]])
def test_a_wide_input_without_column_names_refuses_frames(names: Any) -> None:
    for given in ({"features": {"length": 1, "width": 2}}, {"split": Split(NAMES, [[1, 2]])}):
        with pytest.raises(InvalidInput) as caught:
            bind(FLOWERS, **given, feature_names=names)
        assert caught.value.fields[0].rule == "columns"


def test_a_wide_column_may_be_sent_by_the_inputs_name() -> None:
    assert values(bind(FLOWERS, records=[{"X": [1, 2]}, {"X": [3, 4]}])) == {"X": ((2, 2), [1, 2, 3, 4])}


def test_an_unknown_feature_name_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        bind(FLOWERS, records=[{"length": 1, "depth": 2}], feature_names=NAMES)
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("dataframe_records[0].depth", "unknown")


def test_plain_rows_stay_rows() -> None:
    assert values(bind(FLOWERS, [1, 2])) == {"X": ((1, 2), [1, 2])}
    assert values(bind(FLOWERS, inputs={"X": [[1, 2]]})) == {"X": ((1, 2), [1, 2])}


def test_inputs_of_different_length_are_kept_if_sent_as_rows() -> None:
    """A model may take a query and several documents."""
    feed = bind(PEOPLE, inputs={"age": [[1], [2]], "sex": [["male"]]})
    assert [each.shape for each in feed.values] == [(2, 1), (1, 1)]
