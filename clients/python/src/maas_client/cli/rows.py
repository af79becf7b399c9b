"""Rows of a prediction: from JSON or CSV, and to a table, JSON or CSV."""

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maas_client.answers import Batch, Prediction
from maas_client.errors import FileError
from maas_client.local_files import readable


@dataclass(frozen=True)
class Rows:
    """Rows by columns (`records`), or as lists of values."""

    values: list[Any]
    records: bool

    def batches(self, size: int) -> Iterator["Rows"]:
        for begin in range(0, len(self.values), size):
            yield Rows(self.values[begin : begin + size], self.records)


def read_rows(path: str, kind: str | None, *, as_lists: bool) -> Rows:
    """Returns the rows of a file, or of stdin for `-`. Raises FileError, MissingFile, UnreadableFile."""
    if path == "-":
        text = sys.stdin.read()
    else:
        with readable(Path(path)):
            text = Path(path).read_text(encoding="utf-8-sig")
    try:
        rows = _csv(text, as_lists=as_lists) if _is_csv(path, kind, text) else parsed_rows(text)
    except (ValueError, csv.Error) as error:
        raise FileError(f"{path} is not the data that it should be: {error}") from None
    if not rows.values:
        raise FileError(f"{path} has no rows")
    return rows


def _is_csv(path: str, kind: str | None, text: str) -> bool:
    if kind is None and path != "-":
        return Path(path).suffix.lower() == ".csv"
    return kind == "csv" if kind else text.lstrip()[:1] not in {"[", "{"}


def parsed_rows(text: str) -> Rows:
    """Returns the rows of JSON: one row, a list of rows or records, or one record or list a line."""
    try:
        found = json.loads(text)
    except ValueError:
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        raise ValueError("it is neither a list nor an object")  # noqa: TRY004 - of the value, as json's own
    if found and not isinstance(found[0], list | dict):
        found = [found]  # one row
    return Rows(found, bool(found) and isinstance(found[0], dict))


def _csv(text: str, *, as_lists: bool) -> Rows:
    reader = csv.reader(io.StringIO(text))
    head = next(reader, [])
    lines = [[_value(cell) for cell in line] for line in reader if line]
    for number, line in enumerate(lines, start=2):
        if len(line) != len(head):
            raise ValueError(f"line {number} has {len(line)} values, and the head has {len(head)}")
    if as_lists:
        return Rows(lines, records=False)
    return Rows([dict(zip(head, line, strict=True)) for line in lines], records=True)


def _value(cell: str) -> Any:
    """Returns a number where the text is one, None where it is empty."""
    if cell == "":
        return None
    for kind in (int, float):
        try:
            found = kind(cell)
        except ValueError:
            continue
        return found if "_" not in cell else cell
    return cell


def answered(answers: Sequence[Batch | Prediction]) -> Iterator[dict[str, Any]]:
    """Yields prediction and class name for each row."""
    for answer in answers:
        pairs = (
            zip(answer.predictions, answer.class_names, strict=True)
            if isinstance(answer, Batch)
            else [(answer.prediction, answer.class_name)]
        )
        for prediction, class_name in pairs:
            yield {"prediction": prediction, "class_name": class_name, "version": answer.version}


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, [*rows[0]], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: json.dumps(v) if isinstance(v, list | dict) else v for name, v in row.items()})
    return written.getvalue()
