"""Results of jobs as CSV or Parquet. Rows are read twice, some at a time, so memory is bounded."""

import csv
import importlib
import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from anyio import to_thread

from maas_client.errors import FileError
from maas_client.local_files import readable, writable

CSV, NDJSON, PARQUET = "csv", "ndjson", "parquet"
_SUFFIXES = {".csv": CSV, ".parquet": PARQUET, ".pq": PARQUET}
_BATCH = 10_000  # rows
_BEFORE, _BEHIND = ("line", "prediction", "class_name"), ("prediction_id", "row", "error")
_NO_PYARROW = "writing Parquet needs pyarrow: pip install pyarrow, or uv tool install --with pyarrow for a tool of uv"

Row = dict[str, Any]


def format_of(path: Path) -> str:
    """Returns the format that a file's name asks for: CSV, PARQUET, or NDJSON for every other name."""
    return _SUFFIXES.get(path.suffix.lower(), NDJSON)


async def write_table(rows: Path, target: Path, kind: str) -> None:
    """Writes the NDJSON of a result as CSV or PARQUET, in one step at the end, in a thread.

    A column `outputs.<name>` has each output, and `error` what is wrong with a row. Raises FileError, NoSpace.
    """
    await to_thread.run_sync(partial(_write, rows, target, _csv if kind == CSV else _parquet))


def _write(rows: Path, target: Path, write: Any) -> None:
    new = target.with_name(f"{target.name}.part")
    with readable(rows):
        outputs = list(dict.fromkeys(name for row in _read(rows) for name in row.get("outputs", ())))
    with writable(target):
        try:
            write(rows, new, outputs)
            new.replace(target)
        finally:
            new.unlink(missing_ok=True)


def _read(rows: Path) -> Iterator[Row]:
    with rows.open(encoding="utf-8") as lines:
        for line in lines:
            row: Row = json.loads(line)
            if "line" not in row:
                raise FileError("only the result of a file of rows is a table; that of values is JSON")
            yield row


def _flat(row: Row, outputs: Sequence[str]) -> Row:
    found, error = row.get("outputs", {}), row.get("error")
    values = {name: row.get(name) for name in (*_BEFORE, *_BEHIND)}
    columns = {f"outputs.{name}": found.get(name) for name in outputs}
    told = error and f"{error['code']}: {error['detail']}"
    return {name: values[name] for name in _BEFORE} | columns | values | {"error": told}


def _csv(rows: Path, target: Path, outputs: Sequence[str]) -> None:
    """Lists and texts of other lengths stay in one cell: lists are JSON, and a missing value is an empty cell."""
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*_flat({}, outputs)])
        for row in _read(rows):
            writer.writerow(map(_cell, _flat(row, outputs).values()))


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict | bool) else value


def _parquet(rows: Path, target: Path, outputs: Sequence[str]) -> None:
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise FileError(_NO_PYARROW) from None
    try:
        schemas = [arrow.Table.from_pylist(batch).schema for batch in _batches(rows, outputs)]
        schema = arrow.unify_schemas(schemas, promote_options="permissive")
        with parquet.ParquetWriter(target, schema) as writer:
            for batch in _batches(rows, outputs):
                writer.write_table(arrow.Table.from_pylist(batch, schema=schema))
    except (arrow.ArrowException, OverflowError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise FileError(f"the result can't be Parquet, take CSV or NDJSON: {reason}") from None


def _batches(rows: Path, outputs: Sequence[str]) -> Iterator[list[Row]]:
    found = (_flat(row, outputs) for row in _read(rows))
    while batch := list(islice(found, _BATCH)):
        yield batch
