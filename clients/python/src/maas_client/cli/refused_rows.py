"""Finds the row that the API refuses, among those of a request."""

import re
from collections.abc import Callable

from maas_client.cli.rows import Rows
from maas_client.errors import InvalidInput, MaasError

_ROW = re.compile(r"(?:features|dataframe_records)\[(\d+)\]")

Ask = Callable[[Rows], object]


def refused_row(part: Rows, error: InvalidInput, ask: Ask) -> tuple[Rows, InvalidInput] | None:
    """Returns the first refused row with its error, or None if it is not found.

    The error of a request may not name the row. Then parts of the request are sent again, each half as long as the one
    before, so all of them together have about as many rows as it.
    """
    if (told := _ROW.match(error.field)) and int(told[1]) < len(part.values):
        return part.cut(int(told[1]), int(told[1]) + 1), error
    if len(part.values) == 1:
        return part, error
    try:
        row = _first(part, ask)
        found = _refusal(row, ask)
    except MaasError:  # such as a limit of requests: the first error is told without the row
        return None
    return (row, found) if found else None


def _first(part: Rows, ask: Ask) -> Rows:
    """Returns the first row that is refused, if one of them is."""
    first = part.cut(0, 1)
    if _refusal(first, ask):  # what is wrong in all rows, such as a column, costs no search
        return first
    low, high = 1, len(part.values)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _refusal(part.cut(low, middle), ask) else (middle, high)
    return part.cut(low, high)


def _refusal(part: Rows, ask: Ask) -> InvalidInput | None:
    try:
        ask(part)
    except InvalidInput as error:
        return error
    return None
