"""The program that writes the rows of an untrusted Parquet file as NDJSON. adapters/aws/parquet_rows.py starts it.

Standard input is the file, and standard output gets its rows: an object by column, or with the argument `lists` a list
of the values of a row. A null and NaN are null. The first arguments are limits, the bytes of address space and the
seconds of processor time. If it refuses the file, it ends with the code REFUSED, and standard error has the reason: a
sentence for the owner of the file.
"""

import json
import resource
import sys
from collections.abc import Iterator
from io import BytesIO
from math import isinf
from typing import Any, NoReturn

from arro3.core import Array, DataType, RecordBatch, Schema
from arro3.io import read_parquet, write_ndjson

from maas.adapters.child_environment import REFUSED

_BATCH = 4096  # rows
_LOG_MAX = 64 * 1024  # bytes
# Texts are Utf8, LargeUtf8 and Utf8View of Arrow.
_PLAIN = (
    DataType.is_null,
    DataType.is_boolean,
    DataType.is_integer,
    DataType.is_floating,
    DataType.is_string,
    DataType.is_large_string,
    DataType.is_string_view,
)


def main(memory: int, seconds: int, *, as_lists: bool) -> None:
    """Writes the rows until the file ends."""
    for kind, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(kind, (value, value + (kind == resource.RLIMIT_CPU)))
    # From here on no file, socket or process can be opened, even if the file manages to run code.
    for kind, value in ((resource.RLIMIT_NOFILE, 0), (resource.RLIMIT_NPROC, 0), (resource.RLIMIT_FSIZE, _LOG_MAX)):
        resource.setrlimit(kind, (value, value))
    reader = read_parquet(sys.stdin.buffer, batch_size=_BATCH)
    _check(reader.schema, as_lists=as_lists)
    for batch in reader:
        for name, column in zip(batch.column_names, batch.columns, strict=True):
            _check_finite(name, column)
        sys.stdout.buffer.writelines(_lists(batch) if as_lists else [_written(batch)])
    sys.stdout.buffer.flush()


def _check(schema: Schema, *, as_lists: bool) -> None:
    """Refuses columns that JSON can't have, and names that stand for two of them."""
    seen = set[str]()
    for field in map(schema.field, range(len(schema))):
        if field.name in seen and not as_lists:
            _refuse(f"there are two columns {field.name!r}")
        seen.add(field.name)
        if not _is_plain(field.type):
            kind = str(field.type).strip().removeprefix("arro3.core.DataType<").removesuffix(">")
            _refuse(f"the column {field.name!r} has values of type {kind}: make them numbers or texts")


def _is_plain(kind: DataType) -> bool:
    return any(accepts(_element(kind)) for accepts in _PLAIN)


def _is_floating(kind: DataType) -> bool:
    return DataType.is_floating(_element(kind))


def _element(kind: DataType) -> DataType:
    """The type of the values in lists and dictionaries, however deep."""
    return kind if kind.value_type is None else _element(kind.value_type)


def _check_finite(name: str, column: Array) -> None:
    """Refuses an infinity, which would become null."""
    values: Any = column.to_pylist() if _is_floating(column.type) else []
    if _has_infinity(values):
        _refuse(f"the column {name!r} has an infinite number, which JSON can't have")


def _has_infinity(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_has_infinity, value))
    return isinf(value or 0)


def _written(batch: RecordBatch) -> bytes:
    buffer = BytesIO()
    write_ndjson(batch, buffer, explicit_nulls=True)
    return buffer.getvalue()


def _lists(batch: RecordBatch) -> Iterator[bytes]:
    """The rows as lists. Names do not matter then, and may be equal."""
    numbered = RecordBatch.from_arrays(batch.columns, names=[str(place) for place in range(batch.num_columns)])
    for line in _written(numbered).splitlines():
        yield json.dumps([*json.loads(line).values()], ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _refuse(reason: str) -> NoReturn:
    sys.stderr.write(reason)
    sys.exit(REFUSED)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), as_lists=sys.argv[3:] == ["lists"])
