"""Rows of a file, predicted in batches that grow and shrink with the time that a call takes."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from maas.domain.errors import InvalidInput, MaasError, ModelCrashed, Rule, TimedOut, TooLarge
from maas.domain.feedback.kept import ROWS_MAX
from maas.domain.inference.frames import Split
from maas.domain.inference.outputs import is_by_row
from maas.domain.jobs.row_files import Row
from maas.services.published import published_artifact
from maas.services.questions import Prediction, Question

Call = Callable[[Question], Awaitable[Prediction]]
# Rows of one call, and seconds that a call should take: work that is lost with a worker, and time to notice an end.
BATCH_MAX, CALL_SECONDS = 1000, 1.0
# Part of a call's timeout that a batch may take. Twice its rows follow it, and must not end as one that is too slow.
_PART_OF_TIMEOUT = 0.25
# The fields of a question that has a single row.
_ROW = re.compile(r"^(features|dataframe_records|dataframe_split)(\.data)?(\[0\])?")
_ENCODER = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows become a question: the columns of CSV, unless they are sent as lists."""

    question: Question
    columns: Sequence[str] = ()

    def asked(self, rows: Sequence[Row]) -> Question:
        """The question about rows of one shape."""
        asked: dict[str, Any] = {"features": None}
        values = [row.values for row in rows]
        if self.columns:
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

    A row that can't be computed gets its error as its line. It is found by halves, so its neighbours do not fail. One
    that ends the model's process is found one by one: three such calls in a row would pause the model.
    """

    def __init__(self, layout: Layout, call: Call, tell: Callable[[Prediction], bytes]) -> None:
        self._layout = layout
        self._call = call
        self._tell = tell
        self.size = 1
        self._goal = min(CALL_SECONDS, _PART_OF_TIMEOUT * layout.question.timeout)
        self._crashed = False  # the row before

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
        await asyncio.sleep(0)  # so that the job can be cancelled
        started = time.monotonic()
        try:
            made = await self._call(self._layout.asked(batch))
        except (InvalidInput, TooLarge, TimedOut, RecursionError) as error:
            return await self._refused(batch, error)
        except ModelCrashed as error:
            return await self._found_crash(batch, error)
        self._crashed = False
        if made.single and len(batch) > 1:  # not by row
            return await self._halves(batch)
        if len(batch) >= self.size:
            self._resize(time.monotonic() - started)
        found = _by_row(made, json.loads(self._tell(made)))
        return Answered([_line(row, values) for row, values in zip(batch, found, strict=True)], 0)

    def _resize(self, seconds: float) -> None:
        """Chooses the rows of the next call by the seconds of the last one."""
        if seconds >= self._goal:
            self.size = max(1, self.size // 2)
        elif seconds < self._goal / 2:
            self.size = min(BATCH_MAX, 2 * self.size)

    async def _refused(self, batch: Sequence[Row], error: MaasError | RecursionError) -> Answered:
        if len(batch) > 1:
            self.size = max(1, len(batch) // 2)
            return await self._halves(batch)
        return Answered([_line(batch[0], _problem(error))], 1)

    async def _found_crash(self, batch: Sequence[Row], error: ModelCrashed) -> Answered:
        """The lines of a batch whose call has ended the model's process: whatever ended it, each row is tried alone.

        Raises ModelCrashed for the second such row in a row.
        """
        if len(batch) > 1:
            self.size = 1
            alone = [await self.answer([row]) for row in batch]
            return Answered([line for each in alone for line in each.lines], sum(each.failed for each in alone))
        if self._crashed:
            raise error
        self._crashed = True
        return await self._refused(batch, error)

    async def _halves(self, batch: Sequence[Row]) -> Answered:
        middle = len(batch) // 2
        first, second = await self.answer(batch[:middle]), await self.answer(batch[middle:])
        return Answered([*first.lines, *second.lines], first.failed + second.failed)


def _by_row(made: Prediction, found: Any) -> Iterator[dict[str, Any]]:
    """The prediction, class name and outputs of each row, of a prediction and its JSON.

    An output that is not by row is left out. `prediction_id` and `row` name the row for feedback; null for those that
    no prediction keeps.
    """
    if made.single:
        yield {name: found[name] for name in ("prediction", "class_name", "outputs", "prediction_id")} | {"row": 0}
        return
    signature, outputs = published_artifact(made.version).signature, found["outputs"]
    given = [tensor for tensor in signature.outputs if tensor.name in made.outputs]
    of_rows = [each for each in given if is_by_row(signature, each, made.outputs[each.name], len(made.rows))]
    by_row = {tensor.name: outputs[tensor.name] for tensor in of_rows}
    for number, pair in enumerate(zip(found["predictions"], found["class_names"], strict=True)):
        outputs = {name: values[number] for name, values in by_row.items()}
        place = (found["prediction_id"], number) if number < ROWS_MAX else (None, None)
        named = dict(zip(("prediction_id", "row"), place, strict=True))
        yield {"prediction": pair[0], "class_name": pair[1], "outputs": outputs, **named}


def _problem(error: MaasError | RecursionError) -> dict[str, Any]:
    """The error of a row. The fields of the question are those of the row."""
    if not isinstance(error, MaasError):
        error = InvalidInput.of("row", Rule.MAX_DEPTH, "is nested too deep")
    fields = [
        {"field": _ROW.sub("row", each.field), "rule": each.rule, "message": each.message} for each in error.fields
    ]
    detail = _ROW.sub("row", error.message) if fields else error.message
    return {"error": {"code": error.code, "detail": detail, "errors": fields}}


def _line(row: Row, values: dict[str, Any]) -> bytes:
    error = values.get("error")
    if error and row.last_line > row.line:
        known = (
            f"lines {row.line} to {row.last_line} of the file are this row, because it has line breaks between quotes"
        )
        values = {"error": {**error, "detail": f"{error['detail']} ({known})"}}
    return _ENCODER.encode({"line": row.line, **values}).encode() + b"\n"
