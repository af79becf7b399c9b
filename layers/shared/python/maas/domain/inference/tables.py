"""Outputs as a table: a row of the answer for each row of the request."""

import math
from collections.abc import Mapping

from maas.domain.catalog.versions import Signature
from maas.domain.errors import InvalidInput, Rule
from maas.domain.inference.outputs import Output, asked_rows
from maas.domain.inference.tensors import Feed

# A table of more columns is no table that people or programs read.
COLUMNS_MAX = 10_000


def check_rows(signature: Signature, feed: Feed, outputs: Mapping[str, Output]) -> None:
    """Raises InvalidInput (outputs) if the rows of the table would not be those of the request, which has several."""
    rows = None if feed.single else asked_rows(signature, feed)
    wrong = [name for name, output in outputs.items() if output.shape[:1] != (rows,)]
    if rows is not None and wrong:
        raise _not_by_row(wrong[0])


def row_count(outputs: Mapping[str, Output]) -> int:
    """The rows that all outputs have.

    Raises:
        InvalidInput: an output has no rows, others have as many as it, or a row has too many numbers; the field is
            `outputs`.
    """
    counts = {name: output.shape[0] if output.shape else None for name, output in outputs.items()}
    first, *_ = counts.values()
    wrong = next((name for name, count in counts.items() if count is None or count != first), None)
    if wrong is not None or first is None:
        raise _not_by_row(wrong or next(iter(counts)))
    if sum(math.prod(output.shape[1:]) for output in outputs.values()) > COLUMNS_MAX:
        message = f"a table has at most {COLUMNS_MAX} columns: choose other outputs, or ask for JSON"
        raise InvalidInput.of("outputs", Rule.SHAPE, message)
    return first


def _not_by_row(name: str) -> InvalidInput:
    message = f"{name} has no item for each row, so it is no column of a table: choose others, or ask for JSON"
    return InvalidInput.of("outputs", Rule.SHAPE, message)
