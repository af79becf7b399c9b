"""Feedback as CSV (RFC 4180), which a route takes in place of JSON."""

import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response

from maas.contracts.feedback import ITEMS_MAX
from maas.domain.errors import InvalidInput, Rule
from maas.web.strict import JsonRequest, StrictRoute, is_json, media_type, shown, unsupported

CSV, JSON = "text/csv", "application/json"
COLUMNS = ("prediction_id", "key", "row", "label", "score")
# What Python writes of a number and others write alike. `float` alone would read 1_0 as 10.
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
_NAMES, _TRUTHS = ("prediction_id", "key"), ("label", "score")


class FeedbackRoute(StrictRoute):
    """A route whose body is JSON, or CSV whose model is the query parameter `model_id`."""

    async def _read(self, request: JsonRequest) -> JsonRequest | Response:
        read = await super()._read(request)
        if isinstance(read, Response) or media_type(read.headers.get("content-type"), JSON) != CSV:
            return read
        model = read.query_params.get("model_id", "")
        if not model:
            raise InvalidInput.of(
                "model_id", Rule.REQUIRED, "is required in the query, because CSV has no place for it"
            )
        body = json.dumps({"model_id": model, "items": rows_of(await read.body())}).encode()
        headers = [(name, value) for name, value in read.scope["headers"] if name != b"content-type"]
        scope = {**read.scope, "headers": [*headers, (b"content-type", b"application/json")]}
        opened = JsonRequest(scope, read.receive)
        opened.put(body)
        return opened

    def _refused(self, request: Request, body: bytes) -> Response | None:
        if not is_json(request.headers.get("content-type")):
            return unsupported(f"application/json or {CSV}")
        return super()._refused(request, body)


def rows_of(content: bytes) -> list[dict[str, Any]]:
    """The items of a CSV file with a header.

    Raises InvalidInput: `body` is not CSV or has too many rows, a column is unknown, repeated or missing, or a row has
    another number of cells (`items[<place>]`).
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput.of("body", Rule.UNICODE, "must be UTF-8") from None
    table = _table(text)
    if not table:
        raise InvalidInput.of("body", Rule.REQUIRED, "must have a header and rows")
    header, *rows = table
    _check_header(header)
    if not 0 < len(rows) <= ITEMS_MAX:
        rule = Rule.MAX_ITEMS if rows else Rule.MIN_ITEMS
        raise InvalidInput.of("body", rule, f"must have 1 to {ITEMS_MAX} rows behind its header")
    return [_item(place, header, row) for place, row in enumerate(rows)]


def _table(text: str) -> list[list[str]]:
    """The rows that are not blank. Raises InvalidInput (body)."""
    reader, table, line = csv.reader(io.StringIO(text, newline=""), strict=True), list[list[str]](), 1
    try:
        for row in reader:
            table += [row] if row else []
            line = reader.line_num + 1
    except csv.Error:
        message = (
            "must be CSV as RFC 4180 defines it: a quote that is not closed, or has text behind it, or a cell that is "
            f"too long, is in the row of line {line}"
        )
        raise InvalidInput.of("body", Rule.INVALID, message) from None
    return table


def _check_header(header: Sequence[str]) -> None:
    for place, name in enumerate(header):
        if name not in COLUMNS:
            raise InvalidInput.of(shown(name), Rule.UNKNOWN, f"is no column here; known are {', '.join(COLUMNS)}")
        if name in header[:place]:
            raise InvalidInput.of(name, Rule.REPEATED, "must be one column")
    for names in (_NAMES, _TRUTHS):
        if not set(names) & set(header):
            raise InvalidInput.of(names[0], Rule.REQUIRED, f"a column {' or '.join(names)} is required")


def _item(place: int, header: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    if len(row) != len(header):
        raise InvalidInput.of(f"items[{place}]", Rule.SHAPE, f"has {len(row)} cells and not {len(header)}")
    given: Mapping[str, str] = {name: cell for name, cell in zip(header, row, strict=True) if cell}
    return {name: _value(f"items[{place}].{name}", name, cell) for name, cell in given.items()}


def _value(field: str, name: str, cell: str) -> Any:
    """The value of a cell. Digits in `label` are an index or a whole number, as in JSON without quotes."""
    if name == "row" or (name == "label" and _is_whole(cell)):
        if not _is_whole(cell):
            raise InvalidInput.of(field, Rule.TYPE, "must be a whole number")
        return int(cell)
    if name != "score":
        return cell
    if not _NUMBER.fullmatch(cell):
        raise InvalidInput.of(field, Rule.TYPE, "must be a number")
    if not math.isfinite(number := float(cell)):
        raise InvalidInput.of(field, Rule.FINITE, "must be finite")
    return number


def _is_whole(cell: str) -> bool:
    digits = cell.removeprefix("-")
    return digits.isascii() and digits.isdecimal() and len(digits) <= 18
