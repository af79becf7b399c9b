"""Baselines as clients give them."""

import math
from dataclasses import replace
from typing import Any

import pytest

from maas.domain.catalog.versions import Tensor, Version
from maas.domain.errors import InvalidInput, Rule, WrongState
from maas.domain.monitoring.baselines import GivenColumn, given_summary, version_before
from maas.domain.monitoring.summaries import VersionSummary
from tests.support.predicted import LABEL, version

OF = version([Tensor("age", "float", (-1, 1)), Tensor("city", "string", (-1, 1)), Tensor("rooms", "int64", (-1, 1))])
AGE = GivenColumn(count=3, mean=2.0, deviation=1.0, minimum=1.0, maximum=3.0, quantiles=(1.0, 2.0, 3.0), values={})
CITY = GivenColumn(count=3, values={"Oslo": 2, "Bergen": 1})
ROOMS = replace(AGE, values={"1": 1, "2": 1, "3": 1})
COLUMNS = {"age": AGE, "city": CITY, "rooms": ROOMS}


def given(of: Version = OF, **changes: Any) -> VersionSummary:
    return given_summary(of, 3, {**COLUMNS, **changes}, {})


def test_a_baseline_has_the_version_s_columns() -> None:
    found = given()
    assert [*found.inputs] == ["age", "city", "rooms"]
    assert found.inputs["age"].distribution is not None
    assert (found.inputs["age"].moments.variance, found.inputs["city"].distribution) == (1.0, None)
    assert (found.rows, found.inputs["city"].values.error) == (3, 0)


def test_numbers_are_rounded_as_sketches_round_them() -> None:
    found = given(age=replace(AGE, quantiles=(0.1, 0.2), minimum=0.1, maximum=1e300))
    assert found.inputs["age"].distribution is not None
    assert found.inputs["age"].distribution.points == (0.10000000149011612, 0.20000000298023224)


def test_counts_that_do_not_add_up_are_of_the_most_frequent_values() -> None:
    assert given(city=replace(CITY, count=10)).inputs["city"].values.error == 1


def test_texts_that_begin_alike_are_counted_together_as_in_sketches() -> None:
    long = "https://example.org/" + "a" * 60
    found = given(city=GivenColumn(count=3, values={f"{long}/1": 1, f"{long}/2": 2})).inputs["city"].values
    assert (found.counts, found.error) == ({long[:64]: 3}, 0)


def test_the_largest_deviation_of_most_numbers_is_finite() -> None:
    found = given(age=replace(AGE, count=10**12, deviation=1e308)).inputs["age"]
    assert math.isfinite(found.moments.variance)


def test_outputs_may_be_left_out_and_may_not_be_unknown() -> None:
    assert given_summary(OF, 3, COLUMNS, {"label": ROOMS}).outputs.keys() == {"label"}
    with pytest.raises(InvalidInput) as refused:
        given_summary(OF, 3, COLUMNS, {"other": ROOMS})
    assert [(each.field, each.rule) for each in refused.value.fields] == [("outputs.other", Rule.UNKNOWN)]


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"height": AGE}, "inputs.height", Rule.UNKNOWN),
        ({"age": replace(AGE, quantiles=())}, "inputs.age.quantiles", Rule.REQUIRED),
        ({"age": replace(AGE, quantiles=(2.0, 1.0))}, "inputs.age.quantiles", Rule.ORDER),
        ({"age": replace(AGE, minimum=1.5)}, "inputs.age.minimum", Rule.ORDER),
        ({"age": replace(AGE, minimum=10.0, maximum=-10.0)}, "inputs.age.minimum", Rule.ORDER),
        ({"age": replace(AGE, maximum=2.5)}, "inputs.age.maximum", Rule.ORDER),
        ({"age": replace(AGE, quantiles=(1.0, math.nan))}, "inputs.age", Rule.FINITE),
        ({"age": replace(AGE, minimum=math.nan)}, "inputs.age", Rule.FINITE),
        ({"city": replace(CITY, values={"Oslo": 4})}, "inputs.city.values", Rule.RANGE),
        ({"city": replace(CITY, values={})}, "inputs.city.values", Rule.REQUIRED),
        ({"city": replace(CITY, quantiles=(1.0,))}, "inputs.city.quantiles", Rule.TYPE),
    ],
)
def test_a_bad_column_is_named_with_its_rule(changes: dict[str, GivenColumn], field: str, rule: Rule) -> None:
    with pytest.raises(InvalidInput) as refused:
        given_summary(OF, 3, {**COLUMNS, **changes}, {})
    assert (refused.value.fields[0].field, refused.value.fields[0].rule) == (field, rule)


def test_a_baseline_with_other_features_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        given_summary(OF, 3, {"age": AGE, "town": CITY, "rooms": ROOMS}, {})
    fields = [(each.field, each.rule) for each in refused.value.fields]
    assert fields == [("inputs.town", Rule.UNKNOWN), ("inputs.city", Rule.REQUIRED)]


def test_a_version_without_a_checked_file_has_no_columns_yet() -> None:
    with pytest.raises(WrongState):
        given(replace(OF, artifact=None))


def test_a_column_without_values_is_a_baseline() -> None:
    of = version([Tensor("age", "float", (-1, 1))], [LABEL])
    found = given_summary(of, 3, {"age": GivenColumn(count=0, missing=3, values={})}, {})
    assert (found.inputs["age"].missing_rate, found.inputs["age"].distribution) == (1.0, None)


@pytest.mark.parametrize(
    ("number", "measured", "before"),
    [
        ("2.0.0", ["1.0.0", "1.10.0", "1.9.0", "2.0.0", "3.0.0"], "1.10.0"),
        ("2.0.0", ["2.0.0-rc.1", "1.0.0"], "1.0.0"),
        ("2.0.0-rc.2", ["2.0.0-rc.1", "1.0.0", "2.0.0"], "1.0.0"),
        ("1.0.0", ["1.0.0", "1.0.1"], None),
        ("1.0.0", [], None),
    ],
)
def test_the_version_before_is_the_next_lower_release(number: str, measured: list[str], before: str | None) -> None:
    assert version_before(number, measured) == before
