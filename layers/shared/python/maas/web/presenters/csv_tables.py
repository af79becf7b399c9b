"""Predictions as CSV (RFC 4180)."""

import csv
import io
import math
from collections.abc import Iterator
from itertools import chain
from typing import Any

from maas.domain.inference.outputs import Output
from maas.domain.inference.tables import row_count
from maas.services.questions import Prediction

CLASS_NAME = "class_name"


def prediction_csv(found: Prediction) -> bytes:
    """A header and a line for each row.

    An output of shape [n] or [n, 1] is one column; any other one has a column for each number of a row, named
    `<output>_<position>`. Class names come first if the version has some. NaN and infinities are empty.

    Raises InvalidInput if an output has no item for each row.
    """
    rows = row_count(found.outputs)
    named = any(found.class_names) and len(found.class_names) == rows
    columns: list[tuple[str, list[Any]]] = [(CLASS_NAME, found.class_names)] if named else []
    for name, output in found.outputs.items():
        columns += _columns(name, output)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([name for name, _ in columns])
    writer.writerows(zip(*(map(_cell, values) for _, values in columns), strict=True))
    return text.getvalue().encode()


def _columns(name: str, output: Output) -> Iterator[tuple[str, list[Any]]]:
    width = math.prod(output.shape[1:])
    level: list[Any] = output.values()
    for _ in output.shape[1:]:
        level = list(chain.from_iterable(level))
    for position in range(width):
        yield (name if width == 1 else f"{name}_{position}"), level[position::width]


def _cell(value: Any) -> Any:
    """A cell: JSON's words for booleans, nothing for null."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
