"""Files of rows in pieces: where a file may be cut, and the rows of a piece with the place behind each of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from maas.domain.errors import InvalidInput, Rule
from maas.domain.jobs import csv_rows, json_rows
from maas.domain.jobs.jobs import ROW_MAX, FileFormat


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the numbers of its first and its last line in the file, the offset behind it, and its values.

    The values are a list, or an object by column. A row that can't be read has the error in their place.
    """

    line: int
    last_line: int
    end: int
    values: Any

    @property
    def error(self) -> InvalidInput | None:
        return self.values if isinstance(self.values, InvalidInput) else None


def whole_rows(content: bytes, most: int, file_format: FileFormat) -> int:
    """The end of the last of the rows that are whole in the first `most` bytes of content that begins with a row.

    Each ends with a line break. It is 0 if the first row is not whole. In CSV a line break between quotes is a part of
    a value.
    """
    return csv_rows.whole_rows(content, most) if file_format is FileFormat.CSV else content.rfind(b"\n", 0, most) + 1


def not_whole(content: bytes, line: int, file_format: FileFormat) -> InvalidInput:
    """The fault of the row in the beginning of content, which is not whole although it should be."""
    torn = csv_rows.not_whole(content, line) if file_format is FileFormat.CSV else None
    return torn or InvalidInput.of("file", Rule.MAX_BYTES, f"line {line}: the row has more than {ROW_MAX} bytes")


def rows(content: bytes, start: int, line: int, file_format: FileFormat, columns: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a piece that begins and ends between rows, at the offset `start` and in the line `line`.

    Blank lines are no rows; the one behind them ends after them.
    """
    is_csv, place = file_format is FileFormat.CSV, 0
    while place < len(content):
        cut = csv_rows.row_end(content, place) if is_csv else content.find(b"\n", place) + 1
        end = cut if cut > 0 else len(content)
        piece = content[place:end]
        following = line + piece.count(b"\n")
        if not piece.isspace():
            last = max(line, following - piece.endswith(b"\n"))
            yield Row(line, last, start + end, _values(piece, is_csv=is_csv, width=len(columns)))
        line, place = following, end


def _values(piece: bytes, *, is_csv: bool, width: int) -> Any:
    if len(piece) > ROW_MAX:
        return InvalidInput.of("row", Rule.MAX_BYTES, f"must have at most {ROW_MAX} bytes")
    if not is_csv:
        return json_rows.row_of(piece)
    cells = csv_rows.cells_of(piece)
    if not isinstance(cells, InvalidInput) and len(cells) != width:
        return InvalidInput.of("row", Rule.SHAPE, f"expected {width} cells as in the head, got {len(cells)}")
    return cells
