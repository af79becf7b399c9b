"""Rows of a file, predicted in batches that grow and shrink with the time that a call takes."""

import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from maas.domain.errors import InvalidInput, MaasError, Rule, TooLarge
from maas.domain.feedback.kept import ROWS_MAX
from maas.domain.inference.frames import Split
from maas.domain.jobs.cells import converted
from maas.domain.jobs.row_files import Row
from maas.domain.tensor_rules import Family
from maas.services.questions import Prediction, Question

Call = Callable[[Question], Awaitable[Prediction]]
# Rows of one call, and seconds that a call should take: work that is lost with a worker, and time to notice an end.
BATCH_MAX, CALL_SECONDS = 1000, 1.0
_ENCODER = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows become a question: `kinds` of the cells of CSV, and their columns unless they are sent as lists."""

    question: Question
    columns: Sequence[str] = ()
    kinds: Sequence[Family] = ()
    as_lists: bool = False

    def asked(self, rows: Sequence[Row]) -> Question:
        """The question about rows of one shape."""
        asked: dict[str, Any] = {"features": None}
        values = [row.values for row in rows]
        if self.columns:
            values = [converted(cells, self.kinds) for cells in values]
        if self.columns and not self.as_lists:
            asked["split"] = Split(self.columns, values)
        else:
            asked["records" if isinstance(values[0], dict) else "features"] = values
        return _with(self.question, **asked)


def _with(question: Question, **values: Any) -> Question:
    given = {name: getattr(question, name) for name in ("model_id", "timeout", "version", "outputs")}
    return Question(**given | values)


@dataclass(frozen=True, slots=True)
class Answered:
    """One line of a result for each row, and how many rows have an error in it."""

    lines: Sequence[bytes]
    failed: int


class RowBatches:
    """Predicts rows. `size` is the number of rows of the next call.

    A row that can't be computed gets its error as its line. It is found by halves, so its neighbours do not fail.
    """

    def __init__(self, layout: Layout, call: Call, tell: Callable[[Prediction], bytes]) -> None:
        self._layout = layout
        self._call = call
        self._tell = tell
        self.size = 1

    def batches(self, rows: Iterator[Row]) -> Iterator[list[Row]]:
        """The rows in batches of `size`, each of one shape."""
        batch: list[Row] = []
        for row in rows:
            if batch and (len(batch) >= self.size or type(row.values) is not type(batch[0].values)):
                yield batch
                batch = []
            batch.append(row)
        if batch:
            yield batch

    async def answer(self, batch: Sequence[Row]) -> Answered:
        """The lines of a batch in its order. Raises errors that are not about single rows."""
        if batch[0].error:
            return Answered([_line(row, _problem(row.values)) for row in batch], len(batch))
        started = time.monotonic()
        try:
            found = json.loads(self._tell(await self._call(self._layout.asked(batch))))
        except (InvalidInput, TooLarge, RecursionError) as error:
            if len(batch) == 1:
                return Answered([_line(batch[0], _problem(error))], 1)
            return await self._halves(batch)
        if "predictions" not in found and len(batch) > 1:  # not by row
            return await self._halves(batch)
        if len(batch) >= self.size:
            seconds = time.monotonic() - started
            self.size = max(1, min(BATCH_MAX, 2 * self.size if seconds < CALL_SECONDS / 2 else self.size))
            self.size = self.size if seconds < CALL_SECONDS else max(1, self.size // 2)
        return Answered([_line(row, values) for row, values in zip(batch, _by_row(found), strict=True)], 0)

    async def _halves(self, batch: Sequence[Row]) -> Answered:
        middle = len(batch) // 2
        first, second = await self.answer(batch[:middle]), await self.answer(batch[middle:])
        return Answered([*first.lines, *second.lines], first.failed + second.failed)


def _by_row(found: Any) -> Iterator[dict[str, Any]]:
    """The prediction, class name and outputs of each row. An output that is not by row is left out.

    `prediction_id` and `row` name the row for feedback; null for those that no prediction keeps.
    """
    if "predictions" not in found:
        yield {name: found[name] for name in ("prediction", "class_name", "outputs", "prediction_id")} | {"row": 0}
        return
    count = len(found["predictions"])
    by_row = {name: values for name, values in found["outputs"].items() if _is_by_row(values, count)}
    for number, pair in enumerate(zip(found["predictions"], found["class_names"], strict=True)):
        outputs = {name: values[number] for name, values in by_row.items()}
        place = (found["prediction_id"], number) if number < ROWS_MAX else (None, None)
        named = dict(zip(("prediction_id", "row"), place, strict=True))
        yield {"prediction": pair[0], "class_name": pair[1], "outputs": outputs, **named}


def _is_by_row(values: Any, count: int) -> bool:
    return isinstance(values, list) and len(values) == count


def _problem(error: MaasError | RecursionError) -> dict[str, Any]:
    if not isinstance(error, MaasError):
        error = InvalidInput.of("row", Rule.MAX_DEPTH, "is nested too deep")
    fields = [{"field": each.field, "rule": each.rule, "message": each.message} for each in error.fields]
    return {"error": {"code": error.code, "detail": error.message, "errors": fields}}


def _line(row: Row, values: dict[str, Any]) -> bytes:
    return _ENCODER.encode({"line": row.line, **values}).encode() + b"\n"
