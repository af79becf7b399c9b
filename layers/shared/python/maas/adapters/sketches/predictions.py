"""The Sketches port."""

from collections.abc import Sequence

import numpy as np

from maas.adapters.sketches import kll
from maas.adapters.sketches.arrays import Array, answered, given
from maas.adapters.sketches.columns import column_of
from maas.domain.monitoring.columns import Columns, input_columns, output_columns
from maas.domain.monitoring.predictions import Predicted
from maas.domain.monitoring.sketches import ColumnSketch, VersionSketch


def sketched(made: Sequence[Predicted]) -> VersionSketch:
    version = made[0].version
    inputs = {name: column for each in input_columns(version) for name, column in _given(made, each).items()}
    outputs = {name: column for each in output_columns(version) for name, column in _answered(made, each).items()}
    return VersionSketch(calls=len(made), rows=sum(map(_rows, made)), inputs=inputs, outputs=outputs)


joined, distribution = kll.joined, kll.distribution


def _given(made: Sequence[Predicted], columns: Columns) -> dict[str, ColumnSketch]:
    return sketched_columns(given(made, columns.tensor.name, columns.tensor.dtype), columns)


def _answered(made: Sequence[Predicted], columns: Columns) -> dict[str, ColumnSketch]:
    return sketched_columns(answered(made, columns.tensor.name, columns.tensor.dtype), columns)


def sketched_columns(elements: Array, columns: Columns) -> dict[str, ColumnSketch]:
    """The sketches of a tensor's columns. Elements that are no whole rows are one column with the tensor's name."""
    width = len(columns.names)
    if width == 1 or len(elements) % width:
        name = columns.names[0] if width == 1 else columns.tensor.name
        return {name: column_of(elements, columns.family)} if len(elements) else {}
    by_column = np.ascontiguousarray(elements.reshape(-1, width).T)
    return {name: column_of(by_column[place], columns.family) for place, name in enumerate(columns.names)}


def _rows(made: Predicted) -> int:
    """The rows of a prediction: the length of its first input's first dimension."""
    shape = made.feed.values[0].shape
    return shape[0] if shape else 1
