"""Cells of CSV as values of the columns that a model has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from maas.domain.catalog.versions import Signature
from maas.domain.errors import InvalidInput, Rule
from maas.domain.inference.frames import Split, is_wide
from maas.domain.inference.tensors import bind
from maas.domain.jobs.row_files import Row
from maas.domain.non_finite import NonFinite
from maas.domain.tensor_rules import DTYPES, Family

_WHOLE = re.compile(r"[+-]?[0-9]{1,30}", re.ASCII)
# A word for an infinity or NaN, as far as float() reads the cell.
_WORD = re.compile(r"\s*[+-]?[in]", re.IGNORECASE)
_OF_COLUMNS = frozenset({Rule.UNKNOWN, Rule.REQUIRED, Rule.COLUMNS})
_WORDS: Mapping[Family, str] = {
    Family.BOOL: "must be true, false, 1 or 0",
    Family.INTEGER: "must be a whole number",
    Family.FLOAT: "must be a number, or empty if it is missing",
}
_BOOLS: Mapping[str, bool] = {"true": True, "false": False, "1": True, "0": False}


def families(signature: Signature, columns: Sequence[str], *, as_lists: bool) -> list[Family]:
    """The kind of each column's values. Texts of a column that the model does not have stay texts.

    Columns of a model with one wide input are its numbers, whatever their names are.
    """
    if is_wide(signature) or (as_lists and len(signature.inputs) == 1):
        return [_family(signature.inputs[0].dtype)] * len(columns)
    known = {tensor.name: _family(tensor.dtype) for tensor in signature.inputs}
    return [known.get(name, Family.STRING) for name in columns]


def check_head(signature: Signature, columns: Sequence[str], feature_names: Any) -> None:
    """Checks the names of the columns of CSV, which are the same for each row.

    Raises InvalidInput (file): no row under this head can be computed.
    """
    try:
        bind(signature, split=Split(columns, []), feature_names=feature_names)
    except InvalidInput as error:
        found = error.fields[0]
        if found.rule in _OF_COLUMNS:
            _, _, name = found.field.partition(".columns.")
            column = f"the column {name}: " if name else ""
            raise InvalidInput.of("file", found.rule, column + found.message + _hint(columns)) from None


def _hint(columns: Sequence[str]) -> str:
    """A sentence about files whose cells are not separated by commas, or whose first line is a row and no head."""
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
        return "; cells of CSV are separated by commas"
    is_row = all(isinstance(_float(name), float | None) for name in columns)
    return "; the first line of CSV has the names of the columns" if is_row else ""


def converted(cells: Sequence[str], kinds: Sequence[Family]) -> list[Any]:
    """The values of a row. A cell that is no value of its kind stays a text, which the check of values names.

    In a column of whole numbers, cells such as 3.0 and 1e3 are those that the check takes from JSON too.
    """
    return [_value(cell, kind) for cell, kind in zip(cells, kinds, strict=True)]


def with_values(row: Row, columns: Sequence[str], kinds: Sequence[Family]) -> Row:
    """The row with values in place of its cells, or with an error that names the first cell that is no value."""
    if row.error:
        return row
    values = converted(row.values, kinds)
    for name, value, kind in zip(columns, values, kinds, strict=True):
        if kind is not Family.STRING and isinstance(value, str):
            return replace(row, values=InvalidInput.of(f"row.{name[:64]}", Rule.TYPE, _WORDS[kind]))
    return replace(row, values=values)


def _family(dtype: str) -> Family:
    found = DTYPES.get(dtype)
    return found.family if found else Family.STRING


def _value(cell: str, kind: Family) -> Any:
    match kind:
        case Family.STRING:
            return cell
        case Family.BOOL:
            return _BOOLS.get(cell.lower(), cell)
        case Family.INTEGER:
            return int(cell) if _WHOLE.fullmatch(cell.strip(" ")) else _float(cell)
        case Family.FLOAT:
            return _float(cell)


def _float(cell: str) -> Any:
    """A number; None, which is a missing one, for an empty cell and for NaN; NonFinite for a word such as `inf`."""
    if not cell or cell.lower() == "nan":
        return None
    try:
        number = float(cell) if "_" not in cell else cell
    except ValueError:
        return cell
    return NonFinite(number) if _WORD.match(cell) else number
