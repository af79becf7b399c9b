"""Rows of a prediction: from JSON, NDJSON, CSV or Parquet."""

import csv
import importlib
import io
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from maas_client.errors import FileError
from maas_client.local_files import read_bytes, read_text, readable

FORMATS = ("json", "ndjson", "csv", "parquet")
_BY_SUFFIX = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}
_NO_PYARROW = "reading Parquet needs pyarrow: pip install pyarrow, or uv tool install --with pyarrow for a tool of uv"


@dataclass(frozen=True)
class Rows:
    """Rows by columns (`records`), or as lists of values. `first` is the number of the first one, from 1.

    `lines` are those of a file in which the rows begin, from 1, or none if they are not known. `alone` means one row
    that no list was around. With `by_input` it is an object with the array of each input.
    """

    values: list[Any]
    records: bool
    first: int = 1
    lines: Sequence[int] = ()
    alone: bool = False
    by_input: bool = False

    def batches(self, size: int) -> Iterator["Rows"]:
        for begin in range(0, len(self.values), size):
            yield self.cut(begin, begin + size)

    def cut(self, begin: int, end: int) -> "Rows":
        """Returns some of the rows, which are counted from 0 here."""
        return replace(self, values=self.values[begin:end], first=self.first + begin, lines=self.lines[begin:end])

    @property
    def place(self) -> str:
        """Where the first row is."""
        return f"line {self.lines[0]}" if self.lines else f"row {self.first}"

    def question(self) -> dict[str, Any]:
        """Returns the arguments of a prediction: a row alone is sent as one, as a fixed first dimension needs it."""
        if self.by_input:
            return {"inputs": self.values[0]}
        if self.alone:
            return {"features": self.values[0]}
        return {"records" if self.records else "features": self.values}

    @property
    def last(self) -> int:
        return self.first + len(self.values) - 1


def given_rows(text: str, *, by_input: bool) -> Rows:
    """Returns the rows of an argument of the command line. Raises FileError."""
    try:
        rows = parsed_rows(text)
    except ValueError as error:
        raise FileError(f"the values can't be read: {error}") from None
    if not rows.values:
        raise FileError("the values have no rows")
    return as_inputs(rows) if by_input else rows


def as_inputs(rows: Rows) -> Rows:
    """Returns the one object as the arrays of the inputs. Raises FileError."""
    if not (rows.alone and rows.records):
        raise FileError("--by-input takes one JSON object, which has the array of each input by its name")
    return replace(rows, by_input=True)


def read_rows(path: str, kind: str | None, *, as_lists: bool) -> Rows:
    """Returns the rows of a file, or of stdin for `-`. Raises FileError, MissingFile, UnreadableFile."""
    kind = kind or _BY_SUFFIX.get(Path(path).suffix.lower(), "" if path == "-" else "json")
    try:
        rows = _parquet(path, as_lists=as_lists) if kind == "parquet" else _of_text(path, kind, as_lists=as_lists)
    except ValueError as error:
        raise FileError(f"{path} is not the data that it should be: {error}") from None
    if not rows.values:
        raise FileError(f"{path} has no rows")
    return rows


def _of_text(path: str, kind: str, *, as_lists: bool) -> Rows:
    text = _stdin() if path == "-" else read_text(Path(path))
    is_csv = kind == "csv" or (not kind and text.lstrip()[:1] not in {"[", "{"})
    return _csv(text, as_lists=as_lists) if is_csv else parsed_rows(text)


def _stdin() -> str:
    try:
        return sys.stdin.read().removeprefix("\ufeff")
    except UnicodeError:
        raise FileError("stdin is not a text in UTF-8") from None


def parsed_rows(text: str) -> Rows:
    """Returns the rows of JSON: one row, a list of rows or records, or one record or list a line. Raises ValueError."""
    try:
        found = _json(text)
    except json.JSONDecodeError as error:
        lines = {number: line for number, line in enumerate(text.splitlines(), 1) if line.strip()}
        if len(lines) < 2:
            raise ValueError(f"it is not JSON: {error}") from None
        values = [_json(line) for line in lines.values()]
        return Rows(values, isinstance(values[0], dict), lines=[*lines])
    if not isinstance(found, list | dict):
        raise ValueError("it is neither a list nor an object")  # noqa: TRY004 - of the value, as json's own
    alone = isinstance(found, dict) or (bool(found) and not isinstance(found[0], list | dict))
    rows: list[Any] = [found] if alone else [*found]
    return Rows(rows, bool(rows) and isinstance(rows[0], dict), alone=alone)


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_number, parse_float=_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _number(text: str) -> float:
    """Returns a finite number: JSON has no others. Raises ValueError."""
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(f"{text} is not a number that JSON has: write null for a missing value")
    return found


def _csv(text: str, *, as_lists: bool) -> Rows:
    """Returns the rows that are not blank. Raises ValueError."""
    reader, table, lines, line = (
        csv.reader(io.StringIO(text, newline=""), strict=True),
        list[list[str]](),
        list[int](),
        1,
    )
    try:
        for row in reader:
            if row and table and len(row) != len(table[0]):
                raise ValueError(f"line {line} has {len(row)} values, and the head has {len(table[0])}")
            if row:
                table.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error:
        reason = "a quote that is not closed, or has text behind it, or a cell that is too long"
        raise ValueError(f"the row in line {line} has {reason}") from None
    head, *rows = table or [[]]
    values = [[_value(cell) for cell in row] for row in rows]
    return replace(_named(head, values, as_lists=as_lists), lines=lines[1:])


def _named(head: list[str], lines: Iterable[list[Any]], *, as_lists: bool) -> Rows:
    """Returns rows by the names of columns, each of which has to be there once, or as lists."""
    if as_lists:
        return Rows([*lines], records=False)
    if len({*head}) != len(head):
        raise ValueError("two columns have one name; --as-lists sends the values without names")
    return Rows([dict(zip(head, line, strict=True)) for line in lines], records=True)


def _value(cell: str) -> Any:
    """Returns a number where the text is one, None where it is empty or NaN."""
    if cell == "":
        return None
    for kind in (int, float):
        try:
            found = kind(cell)
        except ValueError:
            continue
        return _finite(found) if "_" not in cell else cell
    return cell


def _finite(number: float) -> float | None:
    if math.isinf(number):
        raise ValueError("it has an infinite number, which JSON can't have")
    return None if math.isnan(number) else number


def _parquet(path: str, *, as_lists: bool) -> Rows:
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise FileError(_NO_PYARROW) from None
    with readable(Path(path)):
        content = sys.stdin.buffer.read() if path == "-" else read_bytes(Path(path))
    try:
        table = parquet.read_table(arrow.BufferReader(content))
    except (arrow.ArrowException, OSError) as error:
        raise ValueError(f"it is not Parquet: {str(error).partition(chr(10))[0][:200]}") from None
    columns = [[_plain(name, value) for value in table[at].to_pylist()] for at, name in enumerate(table.column_names)]
    return _named(table.column_names, [[*line] for line in zip(*columns, strict=True)], as_lists=as_lists)


def _plain(name: str, value: Any) -> Any:
    """Returns a value of a column as JSON has it. Raises ValueError."""
    if isinstance(value, float):
        return _finite(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list):
        return [_plain(name, item) for item in value]
    raise ValueError(f"the column {name} has values of type {type(value).__name__}: make them numbers or texts")
