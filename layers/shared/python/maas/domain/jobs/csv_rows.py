"""The grammar of CSV (RFC 4180) over bytes: where rows end, the cells of a row, and what is wrong with them.

As in other readers of CSV, a quote opens a cell at its beginning alone. Elsewhere it is a character like any other.
"""

import csv
import re

from maas.domain.errors import InvalidInput, Rule
from maas.domain.jobs.jobs import ROW_MAX
from maas.domain.jobs.row_texts import text_of

# Line breaks in one cell. A quote that is never closed would take all lines up to the next one.
BREAKS_MAX = 1000

# None of these repeats is tried again with fewer characters (`*+`), so the time is linear in the content.
_LINE = rb'[^"\n]*+(?:""[^"\n]*+)*+'
_QUOTED = rb'"%s(?:\n%s){0,%d}+"(?=[,\n]|\r\n|\Z)' % (_LINE, _LINE, BREAKS_MAX)
_PLAIN = rb'[^",\n][^,\n]*+|'
# A cell whose closing quote has text behind it. It ends its row no later than a plain one.
_TORN = rb'"%s"[^,\n]++' % _LINE
_CELL = rb"(?:%s|%s|%s)" % (_QUOTED, _TORN, _PLAIN)
_CELLS = rb"%s(?:,%s)*+" % (_CELL, _CELL)
_ROWS = re.compile(rb"(?:%s\r?\n)*+" % _CELLS)
_ROW = re.compile(rb"%s(?:\r?\n|\Z)" % _CELLS)
_RIGHT_CELL = re.compile(rb"(?:%s|%s)," % (_QUOTED, _PLAIN))
_DOUBLED = "a quote that belongs to a value is written as two, in a cell between quotes"

csv.field_size_limit(ROW_MAX)  # the module's own limit is lower than that of a row


def whole_rows(content: bytes, most: int) -> int:
    """The end of the last of the rows that are whole in the first `most` bytes of content that begins with a row."""
    quote = content.find(b'"', 0, most)
    place = content.rfind(b"\n", 0, most if quote < 0 else quote) + 1
    found = _ROWS.match(content, place, most) if quote >= 0 else None
    return found.end() if found else place


def row_end(content: bytes, place: int) -> int:
    """The end of the row at `place`, which is at most that of the content; -1 if a quote in it is not closed."""
    line = content.find(b"\n", place) + 1 or len(content)
    if content.find(b'"', place, line) < 0:
        return line
    found = _ROW.match(content, place)
    return found.end() if found else -1


def cells_of(piece: bytes) -> list[str] | InvalidInput:
    """The cells of a row, or what is wrong with it."""
    text = text_of(piece)
    if isinstance(text, InvalidInput):
        return text
    text = text.rstrip("\r\n")
    if (cells := _read(text)) is not None:
        return cells
    if _read(text.replace("\r", " ")) is not None:
        message = "has a carriage return (CR) alone outside of quotes; lines end with LF, or CR and LF"
        return InvalidInput.of("row", Rule.INVALID, message)
    number, _ = _wrong_cell(piece, 0)
    return InvalidInput.of("row", Rule.INVALID, f"has text behind the closing quote of cell {number}; {_DOUBLED}")


def not_whole(content: bytes, line: int) -> InvalidInput | None:
    """The fault of a quote that is not closed in the row in the beginning of content; None if there is none.

    `line` is the number of the row's first line.
    """
    number, place = _wrong_cell(content, 0)
    if place > ROW_MAX or not content.startswith(b'"', place):
        return None
    line += content.count(b"\n", 0, place)
    message = (
        f"line {line}: cell {number} begins with a quote, and no quote closes it at the end of a cell within "
        f"{BREAKS_MAX} lines and {ROW_MAX} bytes; {_DOUBLED}"
    )
    return InvalidInput.of("file", Rule.INVALID, message)


def _read(text: str) -> list[str] | None:
    try:
        [cells] = csv.reader([text], strict=True)
    except (csv.Error, ValueError):
        return None
    return cells


def _wrong_cell(row: bytes, place: int) -> tuple[int, int]:
    """The number and the offset of the first cell that is not right, or of the last one."""
    number = 1
    while found := _RIGHT_CELL.match(row, place):
        number, place = number + 1, found.end()
    return number, place
