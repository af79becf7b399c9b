"""Predictions, row by row, as a table, JSON lines or CSV."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from maas_client.answers import Batch, Prediction

# The columns of a table. Programs get all of them: `prediction_id` and `row` name a row for feedback.
SHOWN = ("prediction", "class_name", "version")


def answered(answer: Batch | Prediction) -> Iterator[dict[str, Any]]:
    """Yields each row with its version, its side of a rollout, its place in the prediction, from 0, and its outputs."""
    if isinstance(answer, Batch):
        pairs = zip(answer.predictions, answer.class_names, strict=True)
    else:
        pairs = zip([answer.prediction], [answer.class_name], strict=True)
    rollout = answer.rollout and answer.rollout.model_dump()
    for row, (prediction, class_name) in enumerate(pairs):
        yield {
            "prediction": prediction,
            "class_name": class_name,
            "version": answer.version,
            "rollout": rollout,
            "prediction_id": answer.prediction_id,
            "row": row,
            "outputs": _outputs_of(answer, row),
        }


def _outputs_of(answer: Batch | Prediction, row: int) -> dict[str, Any]:
    """Returns the item of each output that belongs to the row. An output that is not by row is in an answer for one
    row alone, because each line of many would repeat it.
    """
    if isinstance(answer, Batch):
        count = len(answer.predictions)
        return {name: each[row] for name, each in answer.outputs.items() if _has(each, count)}
    return {name: each[0] if _has(each, 1) else each for name, each in answer.outputs.items()}


def _has(output: Any, count: int) -> bool:
    return isinstance(output, list) and len(output) == count


def csv_line(values: Any) -> str:
    """Returns one line of CSV. Lists and objects are written as JSON."""
    written = io.StringIO()
    cells = [json.dumps(value) if isinstance(value, list | dict) else value for value in values]
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()


def cells(row: Mapping[str, Any]) -> list[str]:
    """Returns the row for a table."""
    return ["" if row[name] is None else str(row[name]) for name in SHOWN]
