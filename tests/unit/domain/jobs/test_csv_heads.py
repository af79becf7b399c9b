"""Heads of CSV, and the marks in the beginning of a file."""

import gzip

import pytest

from maas.domain.errors import InvalidInput
from maas.domain.jobs.csv_heads import csv_head
from maas.domain.jobs.jobs import ROW_MAX
from maas.domain.jobs.row_texts import first_byte


def test_a_head_has_names_and_an_end() -> None:
    assert csv_head(b'\xef\xbb\xbfa,"b ""c"""\r\n1,2\n') == (("a", 'b "c"'), 16)
    assert csv_head(b"a,b") == (("a", "b"), 3)
    assert csv_head(b'"a\nb","c"\n1,2') == (("a\nb", "c"), 10)


@pytest.mark.parametrize(
    ("content", "rule", "reason"),
    [
        (b"a,b,a\n1,2,3", "repeated", "columns 1 and 3 of the head have one name, a"),
        (b",a\n0,1", "required", "column 1 of the head has no name; pandas writes"),
        (b"a,b,\n0,1,", "required", "column 3 of the head has no name"),
        (b"\xff\n", "unicode", "line 1: the head must be UTF-8"),
        (b"a,b\rc,d\r1,2\r", "invalid", "line 1: the head has a carriage return (CR) alone"),
        (b"\n\nlength,b\0\n", "control_characters", "line 3: the head must not have a zero byte"),
        (b'a,"b"c\n', "invalid", "line 1: the head has text behind the closing quote of cell 2"),
        (b'"' + b"a" * ROW_MAX, "invalid", "line 1: cell 1 begins with a quote"),
        (b'a,"b\n1,2\n', "invalid", "line 1: cell 2 begins with a quote"),
        (b"a" * (ROW_MAX + 1), "max_bytes", "the head has more than 1048576 bytes"),
    ],
)
def test_a_head_that_is_none_is_refused(content: bytes, rule: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        csv_head(content)
    (field,) = refused.value.fields
    assert (field.field, field.rule, reason in field.message) == ("file", rule, True), field.message


def test_names_of_a_head_do_not_matter_for_lists() -> None:
    assert csv_head(b"a,,a\n1,2,3", as_lists=True) == (("a", "", "a"), 5)


def test_a_byte_order_mark_and_blank_lines_are_no_part_of_the_head() -> None:
    assert csv_head(b"\xef\xbb\xbf\r\n\na,b\r\n1,2") == (("a", "b"), 11)
    assert first_byte(b"\xef\xbb\xbf[1]") == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a,b\n1,2\n".encode("utf-16"), "is a text in UTF-16"),
        ("\ufeffa,b\n".encode("utf-16-be"), "is a text in UTF-16"),
        ("a,b\n1,2\n".encode("utf-16-le"), "has zero bytes, as UTF-16 has them"),
        (gzip.compress(b"a,b\n1,2\n"), "is compressed by gzip"),
        (b"PK\x03\x04\x14\x00\x06\x00", "is a ZIP file"),
        (b"PAR1\x15\x04\x15\x10", "is Parquet"),
    ],
)
def test_a_file_that_is_no_text_is_told_so(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        first_byte(content)
    assert refused.value.fields[0].message.startswith(reason)
    assert refused.value.fields[0].message.endswith("it must be a text in UTF-8")


def test_a_text_that_looks_like_another_format_is_a_text() -> None:
    assert csv_head(b"PAR1,PK\n1,2\n") == (("PAR1", "PK"), 8)
