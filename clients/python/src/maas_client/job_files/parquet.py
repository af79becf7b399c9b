"""Parquet files as NDJSON, which jobs take. Batches are converted one after the other, so memory is bounded."""

import importlib
import json
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from anyio import to_thread

from maas_client.errors import FileError
from maas_client.local_files import readable, writable

_BATCH = 10_000  # rows
_NO_PYARROW = "reading Parquet needs pyarrow: pip install pyarrow, or uv tool install --with pyarrow for a tool of uv"


async def convert(source: Path, target: Path, *, as_lists: bool) -> None:
    """Writes the rows of a Parquet file, by column or as lists of values, in a thread. Raises FileError."""
    await to_thread.run_sync(partial(_convert, source, target, as_lists=as_lists))


def _convert(source: Path, target: Path, *, as_lists: bool) -> None:
    try:
        arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise FileError(_NO_PYARROW) from None
    with readable(source), source.open("rb") as read, writable(target), target.open("w") as written:
        try:
            for row in _rows(parquet.ParquetFile(read)):
                written.write(json.dumps([*row.values()] if as_lists else row, allow_nan=False) + "\n")
        except (arrow.ArrowException, OSError) as error:
            raise FileError(f"{source} is not Parquet: {str(error).partition(chr(10))[0][:200]}") from None


def _rows(file: Any) -> Iterator[dict[str, Any]]:
    for batch in file.iter_batches(_BATCH):
        columns = {name: [_plain(name, value) for value in batch[name].to_pylist()] for name in batch.schema.names}
        for cells in zip(*columns.values(), strict=True):
            yield dict(zip(columns, cells, strict=True))


def _plain(name: str, value: Any) -> Any:
    """Returns a value as JSON has it, None for NaN. Raises FileError."""
    if isinstance(value, float):
        if math.isinf(value):
            raise FileError(f"the column {name} has an infinite number, which JSON can't have")
        return None if math.isnan(value) else value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list):
        return [_plain(name, item) for item in value]
    raise FileError(f"the column {name} has values of type {type(value).__name__}: make them numbers or texts")
