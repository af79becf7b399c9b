"""Text of users inside a Markdown document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas.web.markdown import CELL_MAX, cell, heading, inline, line, paragraphs, table


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain words, 1 and 2", "plain words, 1 and 2"),
        ("1.0.0-rc.1", "1.0.0-rc.1"),
        ("a | b", r"a \| b"),
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
        ("![me](http://x)", r"!\[me\](http://x)"),
        ("`code` *strong* _em_ ~~no~~", r"\`code\` \*strong\* \_em\_ \~\~no\~\~"),
        ("back\\slash", r"back\\slash"),
        ("two\nlines\tand\x1b\u202e more", "two lines and   more"),
        ("  spaces  ", "spaces"),
    ],
)
def test_escaped_text_has_no_mark_up(text: str, escaped: str) -> None:
    assert inline(text) == escaped


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("# title", r"\# title"),
        ("1. one", r"1\. one"),
        ("12)", r"12\)"),
        ("1.0.0 is out", "1.0.0 is out"),
        ("2026", "2026"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("---", r"\---"),
        ("===", r"\==="),
        ("> quote", r"\> quote"),
        ("well-known = good", "well-known = good"),
    ],
)
def test_an_escaped_line_starts_no_markdown_block(text: str, escaped: str) -> None:
    assert line(text) == escaped


def test_a_cell_is_one_bounded_line_and_never_empty() -> None:
    assert cell("") == cell(" \n") == "-"
    assert cell("x" * 1000) == "x" * CELL_MAX + "…"


def test_a_table_has_equally_many_cells_in_each_line() -> None:
    assert table(["a", "b"], [(cell("1|2"), cell("3"))]) == "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |"


@given(st.text(max_size=30))
def test_no_text_leaves_its_cell_or_opens_a_tag(text: str) -> None:
    shown = cell(text)
    assert "\n" not in shown
    for special in "|<`[":
        for before in shown.split(special)[:-1]:
            assert (len(before) - len(before.rstrip("\\"))) % 2 == 1


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("One line.", "One line."),
        ("one\ntwo", "one\\\ntwo"),
        ("one\n\ntwo\n", "one\n\ntwo"),
        ("- more *trees*\n* less noise\n+ x", "- more \\*trees\\*\n- less noise\n- x"),
        ("intro\n- item\nend", "intro\n- item\nend"),
        ("# no title\n---\n    no code", "\\# no title\\\n\\---\\\nno code"),
        ("1. one", r"1\. one"),
        ("- <b>", r"- \<b\>"),
        ("", ""),
    ],
)
def test_paragraphs_keep_line_breaks_and_bullets(text: str, escaped: str) -> None:
    assert paragraphs(text) == escaped


@pytest.mark.parametrize(("text", "escaped"), [("iris", "iris"), ("C #", r"C \#"), ("a ##", r"a \##"), ("#", r"\#")])
def test_a_heading_keeps_its_last_characters(text: str, escaped: str) -> None:
    assert heading(text) == escaped
