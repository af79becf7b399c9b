"""An example of the data as the inputs of a file: one for each column of a mixed frame, otherwise one for all."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from maas_client.errors import ConversionError

Array = Any  # of numpy, whose types this client does not need


@dataclass(frozen=True)
class Layout:
    """One way to give the example to a file. `columns` are the names of a frame's columns, or None.

    `inputs` has an array for each input by its name; `types` the kind of each: float, int64 or string.
    """

    inputs: dict[str, Array]
    types: dict[str, str]
    columns: list[str] | None

    @property
    def wide(self) -> bool:
        """Returns whether one input has all columns."""
        return len(self.inputs) == 1 and self.columns is not None and len(self.columns) != 1


def layouts(example: Any) -> Iterator[Layout]:
    """Yields the ways to try, the simplest first. Raises ConversionError if the example is none."""
    if hasattr(example, "columns") and hasattr(example, "dtypes"):
        yield from _of_frame(example)
    else:
        yield from _of_array(_array(example))


def _array(example: Any) -> Array:
    if hasattr(example, "toarray"):  # a sparse matrix
        example = example.toarray()
    try:
        found = np.asarray(example)
    except ValueError as error:
        raise ConversionError("the rows of the example have different lengths") from error
    if found.dtype.kind == "c":
        raise ConversionError("the example has complex numbers, which no file of ONNX takes")
    if found.ndim not in (1, 2) or not found.size:
        raise ConversionError("the example must be rows of values: an array of two dimensions, a frame, or texts")
    return found


def _of_array(found: Array) -> Iterator[Layout]:
    if found.dtype.kind in "OUS":
        name = "text" if found.ndim == 1 else "X"
        yield Layout({name: found.astype(str)}, {name: "string"}, None)
        return
    if found.ndim == 1:
        raise ConversionError("the example has one dimension: give rows, such as X[:5]")
    yield Layout({"X": found.astype(np.float32)}, {"X": "float"}, None)


def _of_frame(frame: Any) -> Iterator[Layout]:
    columns = [str(name) for name in frame.columns]
    if len(set(columns)) != len(columns) or not len(frame):
        raise ConversionError("the example needs rows, and columns with different names")
    kinds = {name: _kind(frame[original]) for name, original in zip(columns, frame.columns, strict=True)}
    if "string" not in kinds.values():
        yield Layout({"X": frame.to_numpy().astype(np.float32)}, {"X": "float"}, columns)
    for whole in ("float", "int64"):
        types = {name: whole if kind == "int64" else kind for name, kind in kinds.items()}
        inputs = {
            name: _column(frame[original], types[name]) for name, original in zip(columns, frame.columns, strict=True)
        }
        yield Layout(inputs, types, columns)
        if "int64" not in kinds.values():
            return


def _kind(column: Any) -> str:
    kind = getattr(column.dtype, "kind", "O")
    if kind in "iu":
        return "int64"
    return "float" if kind in "fb" else "string"


def _column(column: Any, kind: str) -> Array:
    types = {"float": np.float32, "int64": np.int64, "string": str}
    values = column.to_numpy()
    return values.astype(types[kind]).reshape(-1, 1)
