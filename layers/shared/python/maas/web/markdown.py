"""Markdown (GitHub's: CommonMark with tables) around texts that others wrote."""

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&]")
# At the beginning of a line these make a title, a list or a rule of what follows.
_BLOCK = re.compile(r"^(\d{1,9}(?=[.)](?: |$)))?([#+\-=]|(?<=\d)[.)])")
_BULLET = re.compile(r"[-*+] +(?=\S)")
CELL_MAX = 200


def inline(text: str) -> str:
    """`text` as it is, in one line: no mark-up in it, no HTML, no end of a table's cell."""
    shown = "".join(c if c.isprintable() else " " for c in text).strip()
    return _SPECIAL.sub(r"\\\g<0>", shown)


def line(text: str) -> str:
    """The same as a line of its own."""
    return _BLOCK.sub(r"\1\\\2", inline(text))


def heading(text: str) -> str:
    """The same at the end of a heading, where a run of # would be taken for its closing."""
    return re.sub(r"#+$", r"\\\g<0>", inline(text))


def cell(value: str) -> str:
    """In a table: cut if it is long; `-` for nothing."""
    return inline(value if len(value) <= CELL_MAX else f"{value[:CELL_MAX]}…") or "-"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """`rows` are made of cells."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def paragraphs(text: str) -> str:
    """A text of several lines: they stay lines, and those that begin with a bullet stay items; else all is escaped."""
    lines = [_line(each.strip()) for each in text.splitlines()]
    return "\n".join(
        f"{each}\\" if _is_plain(each) and _is_plain(after) else each
        for each, after in zip_longest(lines, lines[1:], fillvalue="")
    ).strip("\n")


def _line(text: str) -> str:
    bullet = _BULLET.match(text)
    return f"- {line(text[bullet.end() :])}" if bullet else line(text)


def _is_plain(text: str) -> bool:
    return bool(text) and not text.startswith("- ")
