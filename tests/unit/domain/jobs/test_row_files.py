"""Rows of files in pieces: wherever a file is cut, its rows are the same."""

import csv
import io
import json

import pytest

from maas.domain.jobs.csv_rows import BREAKS_MAX
from maas.domain.jobs.jobs import ROW_MAX, FileFormat
from maas.domain.jobs.row_files import Row, not_whole, rows, whole_rows

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
    """The rows of the content, in pieces of about `size` bytes."""
    found, offset, line = list[Row](), 0, 1
    while offset < len(content):
        rest = content[offset:]
        sizes = range(size, len(rest) + 1)
        end = next((end for most in sizes if (end := whole_rows(rest, most, kind))), len(rest))
        found += rows(rest[:end], offset, line, kind, ["a", "b"])
        offset, line = offset + end, line + rest[:end].count(b"\n")
    return found


def _problem(row: Row) -> tuple[str, str]:
    assert row.error
    (field,) = row.error.fields
    assert field.field == "row"
    return field.rule, field.message


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 10, 20, 1000])
def test_rows_of_csv_are_those_of_the_whole_file_wherever_it_is_cut(size: int, end: str) -> None:
    content = _written(CELLS, end)
    found = _pieces(content, size, CSV)
    assert [row.values for row in found] == CELLS
    assert [(row.line, row.last_line) for row in found] == [(1, 1), (2, 2), (3, 5), (6, 6), (7, 7), (8, 9)]
    assert found[-1].end == len(content)


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("end", [b"\n\n", b"\r\n \r\n"])
def test_rows_of_ndjson_are_lists_and_objects(size: int, end: bytes) -> None:
    values = [[1, 2.5, None], {"a": "x\n", "b": True}, [], {}]
    content = end.join(json.dumps(each).encode() for each in values)
    found = _pieces(content, size, NDJSON)
    assert ([row.values for row in found], [row.line for row in found]) == (values, [1, 3, 5, 7])


def test_a_row_ends_where_the_next_one_begins() -> None:
    content = b"[1]\n[2]\n\n[3]"
    for row in rows(content, 0, 1, NDJSON):
        assert [each.values for each in rows(content[row.end :], row.end, 0, NDJSON)] == [[2], [3]][row.values[0] - 1 :]


@pytest.mark.parametrize(
    ("line", "rule", "reason"),
    [
        (b"{", "json", "ends before its value does"),
        (b'{"a": 1, "b": x}', "json", "is none at character 15"),
        (b"[NaN]", "finite", "NaN, which is not JSON; a missing value is null"),
        (b"[-Infinity]", "finite", "-Infinity, which is not JSON"),
        (b"[1] [2]", "json", "must have one value"),
        (b"[1]\r[2]", "json", "must have one value"),
        (b"[1],", "json", "a comma behind its value"),
        (b"[1,]", "json", "at character"),
        (b"{'a': 1}", "json", "at character 2"),
        (b"[" * 100_000, "json", "nested less deep"),
        (b"[1" + b"0" * 5000 + b"]", "json", "fewer digits"),
        (b"1", "type", "an object by column, or a list"),
        (b'"text"', "type", "an object by column, or a list"),
        (b"null", "type", "an object by column, or a list"),
        (b'[{"a": 1}, {"a": 2}]', "type", "each of them on a line of its own"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "repeated", "must have c once"),
        (b"[\xff]", "unicode", "must be UTF-8, and is not from its byte 2 on"),
        (b"\xef\xbb\xbf[1]", "unicode", "a byte order mark"),
        (b"[1\0]", "control_characters", "a zero byte"),
        (b"[" + b" " * ROW_MAX + b"1]", "max_bytes", "at most 1048576 bytes"),
    ],
)
def test_a_bad_row_of_ndjson_is_an_error_and_its_neighbours_are_rows(line: bytes, rule: str, reason: str) -> None:
    first, bad, last = rows(b"[1]\n" + line + b"\r\n[2]\n", 0, 1, NDJSON)
    assert (first.values, last.values, bad.line) == ([1], [2], 2)
    found, message = _problem(bad)
    assert (found, reason in message) == (rule, True), message


@pytest.mark.parametrize(
    ("line", "rule", "reason"),
    [
        (b"1", "shape", "expected 2 cells as in the head, got 1"),
        (b"1,2,3", "shape", "expected 2 cells as in the head, got 3"),
        (b"1,", "", ""),
        (b'1,"2"x', "invalid", "has text behind the closing quote of cell 2"),
        (b'"2" ,1', "invalid", "has text behind the closing quote of cell 1"),
        (b'"a,""b"c"d",1', "invalid", "has text behind the closing quote of cell 1"),
        (b"1\r2,3", "invalid", "a carriage return (CR) alone"),
        (b"\xff,1", "unicode", "must be UTF-8"),
        (b"1,\0", "control_characters", "a zero byte"),
        (b"1," + b"x" * ROW_MAX, "max_bytes", "at most 1048576 bytes"),
    ],
)
def test_a_bad_row_of_csv_is_an_error(line: bytes, rule: str, reason: str) -> None:
    first, middle, last = rows(b"1,2\n" + line + b"\r\n3,4\n", 0, 2, CSV, ["a", "b"])
    assert (first.values, last.values, middle.line) == (["1", "2"], ["3", "4"], 3)
    if not rule:
        assert middle.values == ["1", ""]
        return
    found, message = _problem(middle)
    assert (found, reason in message) == (rule, True), message


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        (b'5" pipe,1', ['5" pipe', "1"]),
        (b'a "b" c,d"', ['a "b" c', 'd"']),
        (b' "x", y ', [' "x"', " y "]),
        (b'"",""""', ["", '"']),
        (b'"a\rb","c\r\nd"', ["a\rb", "c\r\nd"]),
    ],
)
@pytest.mark.parametrize("size", [1, 4, 10**7])
def test_quotes_within_a_cell_are_characters(line: bytes, cells: list[str], size: int) -> None:
    first, second, third = _pieces(b"1,2\n" + line + b"\r\n3,4", size, CSV)
    assert (first.values, second.values, third.values) == (["1", "2"], cells, ["3", "4"])


def test_a_cell_may_be_as_long_as_a_row() -> None:
    (row,) = rows(b'1,"%s"\n' % (b"x" * 1_000_000), 0, 1, CSV, ["a", "b"])
    assert row.values == ["1", "x" * 1_000_000]


@pytest.mark.parametrize(
    ("torn", "line", "cell"),
    [
        (b'5,"open\n', 3, 2),
        (b'5,"open\n6,"closed"\n', 3, 2),
        (b'5,"open\n6,x\n7,"closed" \n', 3, 2),
        (b'"5,open""\n', 3, 1),
        (b'"a\nb",c,"open\n', 4, 3),
        (b'5,"' + b"\n" * (BREAKS_MAX + 1) + b'"\n', 3, 2),
        (b'5,"', 3, 2),
    ],
)
def test_a_quote_that_is_not_closed_is_found_with_its_line(torn: bytes, line: int, cell: int) -> None:
    before = b'1,2\n"3","4"\n'
    content = before + torn + b"8,9\n10,11\n"
    end = whole_rows(content, len(content), CSV)
    assert end == len(before)
    (field,) = not_whole(content[end:], 3, CSV).fields
    assert (field.field, field.rule) == ("file", "invalid")
    assert field.message.startswith(f"line {line}: cell {cell} begins with a quote, and no quote closes it")


def test_a_cell_has_at_most_1000_line_breaks() -> None:
    content = b'5,"' + b"\r\n" * BREAKS_MAX + b'"\n'
    assert whole_rows(content, len(content), CSV) == len(content)


@pytest.mark.parametrize("kind", [CSV, NDJSON])
def test_a_row_without_an_end_is_too_long(kind: FileFormat) -> None:
    (field,) = not_whole(b"[1," * ROW_MAX, 7, kind).fields
    assert (field.rule, field.message) == ("max_bytes", "line 7: the row has more than 1048576 bytes")
