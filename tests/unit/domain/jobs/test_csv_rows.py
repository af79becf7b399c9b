"""Rows of CSV are those of Python's reader, whatever quotes a text has."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from maas.domain.jobs.csv_rows import cells_of, row_end, whole_rows

TEXTS = st.text(st.sampled_from('",\nab '), max_size=30)


def _python_rows(text: str) -> list[tuple[int, list[str]]]:
    """The number of the last line of each row, and its cells. Text behind a closing quote goes on without quotes."""
    reader = csv.reader(io.StringIO(text, newline=""))
    return [(reader.line_num, cells) for cells in reader]


def _ends(content: bytes) -> list[int]:
    """The end of each row; the last one is -1 if a quote is not closed."""
    ends = [0]
    while 0 <= ends[-1] < len(content):
        ends.append(row_end(content, ends[-1]))
    return ends[1:]


def _is_torn(text: str) -> bool:
    """Returns whether a cell of several lines is not closed, or has text behind its closing quote."""
    place, opened = 0, -1
    while place < len(text):
        here, before = text[place], text[place - 1 : place]
        if opened >= 0:
            if text[place : place + 2] == '""':
                place += 1
            elif here == '"':
                if "\n" in text[opened:place] and text[place + 1 : place + 2] not in ("", ",", "\n"):
                    return True
                opened = -1
        elif here == '"' and before in ("", ",", "\n"):
            opened = place
        place += 1
    return opened >= 0


@given(TEXTS)
def test_rows_end_where_those_of_python_do(text: str) -> None:
    content = text.encode()
    ends = _ends(content)
    assert (-1 in ends) == _is_torn(text)
    if -1 in ends:
        return
    found = _python_rows(text)
    assert [content.count(b"\n", 0, end) + (content[end - 1 :] != b"\n" and end == len(content)) for end in ends] == [
        line for line, _ in found
    ]
    for begin, end, (_, cells) in zip([0, *ends], ends, found, strict=False):
        if isinstance(read := cells_of(content[begin:end]), list):
            assert read == cells


@given(TEXTS, st.integers(0, 40))
def test_content_is_cut_behind_whole_rows_alone(text: str, most: int) -> None:
    content = text.encode()
    breaks = [0, *(end for end in _ends(content) if content[end - 1 : end] == b"\n" and end >= 0)]
    assert whole_rows(content, most) == max(end for end in breaks if end <= most)
