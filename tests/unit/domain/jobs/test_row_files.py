"""Rows of files in pieces: wherever a file is cut, its rows are the same."""

import csv
import io
import json

import pytest

from maas.domain.errors import InvalidInput, Rule
from maas.domain.jobs.jobs import FileFormat
from maas.domain.jobs.row_files import ROW_MAX, Row, csv_head, cut_behind, first_byte, rows

CSV, NDJSON = FileFormat.CSV, FileFormat.NDJSON
CELLS = [
    ["1", "plain"],
    ["2", 'a "quoted" one'],
    ["3", "two\nlines, and\r\na comma"],
    ["4", ""],
    ["5", "é漢"],
    ['"', "\n"],
]


def _written(cells: list[list[str]], end: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows(cells)
    return text.getvalue().encode()


def _pieces(content: bytes, size: int, kind: FileFormat) -> list[Row]:
    """The rows of the content, cut behind each `size` bytes."""
    found, offset, line = list[Row](), 0, 1
    while offset < len(content):
        cut = cut_behind(content[offset:], size, kind)
        piece = content[offset : offset + cut] if cut >= 0 else content[offset:]
        found += rows(piece, offset, line, kind, ["a", "b"])
        offset, line = offset + len(piece), line + piece.count(b"\n")
    return found


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 10, 20, 1000])
def test_rows_of_csv_are_those_of_the_whole_file_wherever_it_is_cut(size: int, end: str) -> None:
    content = _written(CELLS, end)
    found = _pieces(content, size, CSV)
    assert [row.values for row in found] == CELLS
    assert [row.line for row in found] == [1, 2, 3, 6, 7, 8]
    assert found[-1].end == len(content)


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_rows_of_ndjson_are_lists_and_objects(size: int) -> None:
    values = [[1, 2.5, None], {"a": "x\n", "b": True}, [], {}]
    content = b"\n\n".join(json.dumps(each).encode() for each in values)
    found = _pieces(content, size, NDJSON)
    assert ([row.values for row in found], [row.line for row in found]) == (values, [1, 3, 5, 7])


def test_a_row_ends_where_the_next_one_begins() -> None:
    content = b"[1]\n[2]\n\n[3]"
    for row in rows(content, 0, 1, NDJSON):
        assert [each.values for each in rows(content[row.end :], row.end, 0, NDJSON)] == [[2], [3]][row.values[0] - 1 :]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"{", "json"),
        (b"[NaN]", "json"),
        (b"[Infinity]", "json"),
        (b"[1] [2]", "json"),
        (b"[" * 100_000, "json"),
        (b"[1" + b"0" * 5000 + b"]", "json"),
        (b"1", "type"),
        (b'"text"', "type"),
        (b"null", "type"),
        (b"\xff", "unicode"),
        (b"[" + b" " * ROW_MAX + b"1]", "max_bytes"),
    ],
)
def test_a_bad_row_of_ndjson_is_an_error_and_its_neighbours_are_rows(line: bytes, rule: str) -> None:
    first, bad, last = rows(b"[1]\n" + line + b"\n[2]\n", 0, 1, NDJSON)
    assert (first.values, last.values, bad.line) == ([1], [2], 2)
    assert bad.error
    assert [each.rule for each in bad.error.fields] == [rule]


@pytest.mark.parametrize(
    ("line", "rule"), [(b"1", "shape"), (b"1,2,3", "shape"), (b'1,"2"x', "invalid"), (b"\xff,1", "unicode")]
)
def test_a_bad_row_of_csv_is_an_error(line: bytes, rule: str) -> None:
    first, bad, last = rows(b"1,2\n" + line + b"\n3,4\n", 0, 2, CSV, ["a", "b"])
    assert (first.values, last.values, bad.line) == (["1", "2"], ["3", "4"], 3)
    assert bad.error
    assert [each.rule for each in bad.error.fields] == [rule]


def test_a_head_has_names_and_an_end() -> None:
    assert csv_head(b'\xef\xbb\xbfa,"b ""c"""\r\n1,2\n') == (("a", 'b "c"'), 16)
    assert csv_head(b"a,b") == (("a", "b"), 3)


@pytest.mark.parametrize(
    ("content", "rule"), [(b"a,a\n1,2", "repeated"), (b"\xff\n", "unicode"), (b'"' + b"a" * ROW_MAX, "max_bytes")]
)
def test_a_head_that_is_none_is_refused(content: bytes, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        csv_head(content)
    assert [each.rule for each in refused.value.fields] == [rule]


def test_a_byte_order_mark_and_blank_lines_are_no_part_of_the_head() -> None:
    assert csv_head(b"\xef\xbb\xbf\r\n\na,b\r\n1,2") == (("a", "b"), 11)
    assert first_byte(b"\xef\xbb\xbf[1]") == 3


def test_an_object_names_each_column_once() -> None:
    (row,) = rows(b'{"a": 1, "b": {"c": 1, "c": 2}}\n', 0, 1, NDJSON)
    assert row.error
    assert (row.error.fields[0].rule, row.error.fields[0].message) == (Rule.REPEATED, "must have c once")
