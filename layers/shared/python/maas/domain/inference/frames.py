"""Data frames: records and pandas' `split` layout as columns by name, and columns as the values of inputs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput, Rule
from maas.domain.inference.nesting import item_name

Columns = Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Split:
    """A data frame as pandas' `to_dict("split")` writes it: names, and rows of cells in their order."""

    columns: Sequence[str]
    data: Sequence[Sequence[Any]]


def columns_of(field: str, frame: Any, names: Sequence[str]) -> Columns:
    """The columns `names` of a Split, of a list of records, or of one record.

    Raises:
        InvalidInput: a column is missing, unknown or given twice, or a row has another length.
    """
    if isinstance(frame, Split):
        return _split_columns(field, frame, names)
    if isinstance(frame, dict):
        _check_names(field, frame, names)
        return {name: [frame[name]] for name in names}
    expected = set(names)
    for position, record in enumerate(frame):
        if not isinstance(record, dict):
            raise InvalidInput.of(f"{field}[{position}]", Rule.TYPE, "must be an object, like the other records")
        if record.keys() != expected:
            _check_names(f"{field}[{position}]", record, names)
    return {name: [record[name] for record in frame] for name in names}


def cell_name(field: str, frame: Any, name: str, indices: Sequence[int]) -> str:
    """The name of a cell in a frame, or of an item in it: `features[1].age`. Without indices it is the column's."""
    if not indices:
        return f"{field}.{name}"
    row, *inner = indices
    if isinstance(frame, Split):
        cell = frame.data[row][frame.columns.index(name)]
        return item_name(f"{field}.data[{row}].{name}", cell, inner)
    record, place = (frame, field) if isinstance(frame, dict) else (frame[row], f"{field}[{row}]")
    return item_name(f"{place}.{name}", record[name], inner)


def _check_names(field: str, given: Collection[str], names: Sequence[str]) -> None:
    if unknown := sorted(set(given) - set(names)):
        raise InvalidInput.of(f"{field}.{unknown[0][:64]}", Rule.UNKNOWN, f"the model's columns are {', '.join(names)}")
    if missing := [name for name in names if name not in given]:
        raise InvalidInput.of(f"{field}.{missing[0]}", Rule.REQUIRED, "the model needs this column")


def _split_columns(field: str, frame: Split, names: Sequence[str]) -> Columns:
    width = len(frame.columns)
    if len(set(frame.columns)) < width:
        raise InvalidInput.of(f"{field}.columns", Rule.REPEATED, "must name each column once")
    _check_names(f"{field}.columns", frame.columns, names)
    for position, row in enumerate(frame.data):
        if len(row) != width:
            message = f"expected {width} cells as in columns, got {len(row)}"
            raise InvalidInput.of(f"{field}.data[{position}]", Rule.SHAPE, message)
    cells = list(zip(*frame.data, strict=True)) or [()] * width
    by_name = dict(zip(frame.columns, cells, strict=True))
    return {name: list(by_name[name]) for name in names}


def feature_names(signature: Signature, named: Any) -> Sequence[str] | None:
    """The names of the columns of a model with one wide input, from its version's metadata `feature_names`.

    None if the model has another input, or if `named` is not a list with one name for each column.
    """
    if not is_wide(signature) or not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        return None
    width = signature.inputs[0].shape[1]
    return named if len(set(named)) == len(named) and width in (-1, len(named)) else None


def is_wide(signature: Signature) -> bool:
    """Returns whether the only input has rows of several numbers, so that its name is no column's name."""
    return len(signature.inputs) == 1 and len(signature.inputs[0].shape) == 2 and signature.inputs[0].shape[1] != 1


def names_only(frame: Any, name: str) -> bool:
    """Returns whether `name` is the only column of a Split, of a list of records (of the first one), or of a record."""
    first = frame[0] if isinstance(frame, list) and frame else frame
    names = first.columns if isinstance(first, Split) else first
    return isinstance(names, list | tuple | dict) and list(names) == [name]


def as_column(tensor: Tensor, cells: Any) -> Any:
    """A column of cells in the shape of `tensor`: `[22, 30]` is `[[22], [30]]` for the shape [-1, 1]."""
    if not isinstance(cells, list) or not cells or isinstance(cells[0], list):
        return cells
    if len(tensor.shape) == 2 and tensor.shape[1] in (-1, 1):
        return [[cell] for cell in cells]
    return cells[0] if not tensor.shape and len(cells) == 1 else cells


def as_values(field: str, tensor: Tensor, rows: Any) -> Any:
    """Rows of one value as the values of an input of one free dimension: `[["a"], ["b"]]` is `["a", "b"]`.

    Files and clients that know rows as lists alone write them so. All else is returned as it is.

    Raises:
        InvalidInput: a row has several values, or none.
    """
    if tensor.shape != (-1,) or not isinstance(rows, list) or not rows or not isinstance(rows[0], list):
        return rows
    for position, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != 1:
            count = len(row) if isinstance(row, list) else "one without a list"
            raise InvalidInput.of(f"{field}[{position}]", Rule.SHAPE, f"expected rows of 1 value, got {count}")
    return [row[0] for row in rows]


def as_row(tensor: Tensor, value: Any) -> Any:
    """One row in the shape of `tensor`: 22 is `[[22]]` for the shape [-1, 1], `[1, 2]` is `[[1, 2]]` for [-1, 2]."""
    rank = len(tensor.shape)
    if isinstance(value, list):
        return [value] if rank > 1 else value
    return {1: [value], 2: [[value]]}.get(rank, value)
