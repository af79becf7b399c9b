"""Predictions, row by row, as a table, JSON lines or CSV."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from maas_client.answers import Batch, Prediction


def answered(answer: Batch | Prediction) -> Iterator[dict[str, Any]]:
    """Yields prediction, class name and version for each row."""
    if isinstance(answer, Batch):
        pairs = zip(answer.predictions, answer.class_names, strict=True)
    else:
        pairs = zip([answer.prediction], [answer.class_name], strict=True)
    for prediction, class_name in pairs:
        yield {"prediction": prediction, "class_name": class_name, "version": answer.version}


def csv_line(values: Any) -> str:
    """Returns one line of CSV. Lists and objects are written as JSON."""
    written = io.StringIO()
    cells = [json.dumps(value) if isinstance(value, list | dict) else value for value in values]
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()


def cells(row: Mapping[str, Any]) -> list[str]:
    """Returns the row for a table."""
    return ["" if value is None else str(value) for value in row.values()]
