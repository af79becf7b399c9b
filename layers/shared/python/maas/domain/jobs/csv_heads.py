"""The head of CSV: the names of its columns."""

from collections.abc import Sequence

from maas.domain.errors import InvalidInput, Rule
from maas.domain.jobs.csv_rows import cells_of, not_whole, row_end
from maas.domain.jobs.jobs import ROW_MAX
from maas.domain.jobs.row_texts import first_byte

_INDEX = "; pandas writes such a column for its index, unless it is told to_csv(index=False)"


def csv_head(content: bytes, *, as_lists: bool = False) -> tuple[tuple[str, ...], int]:
    """The names of the columns, and the offset of the first row. `content` is the beginning of the file.

    The head is the first line that is not blank. Names may repeat, or be empty, only if rows are sent `as_lists`.
    Raises InvalidInput (file).
    """
    start = first_byte(content)
    start = len(content) - len(content[start:].lstrip(b"\r\n"))
    end = row_end(content, start)
    line = 1 + content.count(b"\n", 0, start)
    if end < 0:
        raise not_whole(content[start:], line) or _too_long()
    if end - start > ROW_MAX:
        raise _too_long()
    names = cells_of(content[start:end])
    if isinstance(names, InvalidInput):
        raise InvalidInput.of("file", names.fields[0].rule, f"line {line}: the head {names.fields[0].message}")
    if not as_lists:
        _check(names)
    return tuple(names), end


def _check(names: Sequence[str]) -> None:
    """Checks that each column has a name of its own."""
    seen: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if not name:
            message = f"column {number} of the head has no name"
            raise InvalidInput.of("file", Rule.REQUIRED, message + (_INDEX if number == 1 < len(names) else ""))
        if name in seen:
            message = f"columns {seen[name]} and {number} of the head have one name, {name[:64]}"
            raise InvalidInput.of("file", Rule.REPEATED, message)
        seen[name] = number


def _too_long() -> InvalidInput:
    return InvalidInput.of("file", Rule.MAX_BYTES, f"the head has more than {ROW_MAX} bytes")
