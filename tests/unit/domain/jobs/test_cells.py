import math
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput
from maas.domain.inference.tensors import bind
from maas.domain.jobs.cells import converted, families
from maas.domain.non_finite import NonFinite
from maas.domain.tensor_rules import Family

WHOLE = Signature((Tensor("x", "int64", (-1, 3)),), ())


def _row(*cells: str) -> list[Any]:
    return converted(cells, families(WHOLE, "abc", as_lists=True))


def test_cells_of_whole_numbers_are_those_that_json_has_too() -> None:
    assert bind(WHOLE, [_row("3.0", "1e3", " 7 ")]).values[0].elements == (3, 1000, 7)
    assert bind(WHOLE, [_row("-9223372036854775808", "+5", "9223372036854775807")]).values[0].elements == (
        -(2**63),
        5,
        2**63 - 1,
    )


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("1.5", "type"),
        ("", "type"),
        ("nan", "type"),
        ("inf", "finite"),
        ("1e999", "range"),
        ("1_0", "type"),
        ("9007199254740992.0", "range"),
    ],
)
def test_other_cells_of_whole_numbers_are_refused_by_the_rule_of_json(cell: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        bind(WHOLE, [_row("1", "2", cell)])
    assert caught.value.fields[0].rule == rule


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (Family.FLOAT, "", None),
        (Family.FLOAT, "NaN", None),
        (Family.FLOAT, "1e-3", 0.001),
        (Family.FLOAT, "1e999", math.inf),
        (Family.FLOAT, "x", "x"),
        (Family.BOOL, "TRUE", True),
        (Family.BOOL, "0", False),
        (Family.BOOL, "yes", "yes"),
        (Family.STRING, "3.0", "3.0"),
    ],
)
def test_a_cell_is_a_value_of_its_column(kind: Family, cell: str, value: Any) -> None:
    assert converted([cell], [kind]) == [value]


@pytest.mark.parametrize("cell", ["inf", "-inf", " Infinity", "+INF", "-nan", " nan"])
def test_a_word_for_no_number_is_told_from_digits(cell: str) -> None:
    assert [*map(type, converted([cell, "1e999"], [Family.FLOAT] * 2))] == [NonFinite, float]
