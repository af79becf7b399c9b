"""Files of rows in pieces: where a file may be cut, and the rows of a piece with the place behind each of them."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from maas.domain.errors import InvalidInput, Rule
from maas.domain.jobs.jobs import FileFormat

# Bytes of one row, and of the head of CSV.
ROW_MAX = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
MARK_SIZE = len(_BOM)
_BLANKS = b"\r\n"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the number of its first line in the file, the offset behind it, and its values.

    The values are a list, or an object by column. A row that can't be read has the error in their place.
    """

    line: int
    end: int
    values: Any

    @property
    def error(self) -> InvalidInput | None:
        return self.values if isinstance(self.values, InvalidInput) else None


def cut_behind(content: bytes, wanted: int, file_format: FileFormat, *, start: int = 0) -> int:
    """The first place at or behind `wanted` where a row ends in content that begins with a row; -1 if there is none.

    In CSV a line break between quotes is a part of a value. Quotes inside of a value are doubled (RFC 4180), so a row
    ends at a line break before which the number of quotes is even.
    """
    place = max(wanted - 1, start)
    quoted = file_format is FileFormat.CSV and content.count(b'"', start, place) % 2 == 1
    while (found := content.find(b"\n", place)) >= 0:
        if file_format is not FileFormat.CSV:
            return found + 1
        quoted ^= content.count(b'"', place, found) % 2 == 1
        if not quoted:
            return found + 1
        place = found + 1
    return -1


def first_byte(content: bytes) -> int:
    """The offset behind the byte order mark of UTF-8, which some programs write, in the beginning of a file."""
    return len(_BOM) if content.startswith(_BOM) else 0


def csv_head(content: bytes, *, as_lists: bool = False) -> tuple[tuple[str, ...], int]:
    """The names of the columns, and the offset of the first row. `content` is the beginning of the file.

    The head is the first line that is not blank. Names may repeat only if rows are sent `as_lists`.
    Raises InvalidInput (file).
    """
    start = first_byte(content)
    start = len(content) - len(content[start:].lstrip(_BLANKS))
    end = cut_behind(content, start + 1, FileFormat.CSV, start=start)
    if end < 0 and len(content) > ROW_MAX:
        raise InvalidInput.of("file", Rule.MAX_BYTES, f"the head has more than {ROW_MAX} bytes")
    end = len(content) if end < 0 else end
    names = _cells(_text(content[start:end]))
    if isinstance(names, InvalidInput):
        raise InvalidInput.of("file", names.fields[0].rule, f"the head {names.fields[0].message}")
    if not as_lists and len(set(names)) < len(names):
        raise InvalidInput.of("file", Rule.REPEATED, "two columns of the head have one name")
    return tuple(names), end


def rows(content: bytes, start: int, line: int, file_format: FileFormat, columns: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a piece that begins and ends between rows, at the offset `start` and in the line `line`.

    Blank lines are no rows; the one behind them ends after them.
    """
    place = 0
    while place < len(content):
        cut = cut_behind(content, place + 1, file_format, start=place)
        end = len(content) if cut < 0 else cut
        piece = content[place:end]
        if piece.strip():
            yield Row(line, start + end, _values(piece, file_format, columns))
        line, place = line + piece.count(b"\n"), end


def _values(piece: bytes, file_format: FileFormat, columns: Sequence[str]) -> Any:
    if len(piece) > ROW_MAX:
        return InvalidInput.of("row", Rule.MAX_BYTES, f"must have at most {ROW_MAX} bytes")
    text = _text(piece)
    if isinstance(text, InvalidInput):
        return text
    if file_format is FileFormat.NDJSON:
        return _json(text)
    cells = _cells(text)
    if not isinstance(cells, InvalidInput) and len(cells) != len(columns):
        return InvalidInput.of("row", Rule.SHAPE, f"expected {len(columns)} cells as in the head, got {len(cells)}")
    return cells


def _text(piece: bytes) -> str | InvalidInput:
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return InvalidInput.of("row", Rule.UNICODE, "must be UTF-8")


def _cells(text: str | InvalidInput) -> list[str] | InvalidInput:
    if isinstance(text, InvalidInput):
        return text
    try:
        [cells] = csv.reader([text], strict=True)
    except (csv.Error, ValueError):
        return InvalidInput.of("row", Rule.INVALID, "must be one row of CSV (RFC 4180)")
    return cells


def _json(text: str) -> Any:
    try:
        found = json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
    except _Repeated as error:
        return InvalidInput.of("row", Rule.REPEATED, f"must have {str(error)[:64]} once")
    except (ValueError, RecursionError):
        return InvalidInput.of("row", Rule.JSON, "must be JSON")
    if not isinstance(found, dict | list):
        return InvalidInput.of("row", Rule.TYPE, "must be an object by column, or a list of values")
    return found


class _Repeated(ValueError):
    """An object has two values of this name."""


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for name in names if names.count(name) > 1))
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
