"""GitHub Flavored Markdown (CommonMark with tables) that contains text of users.

https://github.github.com/gfm/
"""

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&]")
# Characters that start a heading, list or thematic break at the beginning of a line.
_BLOCK = re.compile(r"^(\d{1,9}(?=[.)](?: |$)))?([#+\-=]|(?<=\d)[.)])")
_BULLET = re.compile(r"[-*+] +(?=\S)")
# Characters of a table cell; longer texts are cut.
CELL_MAX = 200


def inline(text: str) -> str:
    """`text` in one line, escaped: it has no mark-up or HTML, and does not end a table cell."""
    printable = "".join(c if c.isprintable() else " " for c in text).strip()
    return _SPECIAL.sub(r"\\\g<0>", printable)


def line(text: str) -> str:
    """`text` escaped as a line of its own: it does not become a heading, list, quotation or thematic break."""
    return _BLOCK.sub(r"\1\\\2", inline(text))


def heading(text: str) -> str:
    """`text` escaped for the end of a heading, where a run of # would close the heading (CommonMark, 4.2)."""
    return re.sub(r"#+$", r"\\\g<0>", inline(text))


def cell(value: str) -> str:
    """`value` escaped as a table cell of at most CELL_MAX characters; `-` if it is empty."""
    return inline(value if len(value) <= CELL_MAX else f"{value[:CELL_MAX]}…") or "-"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; `titles` and `rows` are cells already (see `cell`)."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def paragraphs(text: str) -> str:
    """`text` escaped, except that line breaks stay and lines with a bullet stay list items."""
    lines = [_line(each.strip()) for each in text.splitlines()]
    return "\n".join(
        f"{each}\\" if _is_plain(each) and _is_plain(following) else each
        for each, following in zip_longest(lines, lines[1:], fillvalue="")
    ).strip("\n")


def _line(text: str) -> str:
    bullet = _BULLET.match(text)
    return f"- {line(text[bullet.end() :])}" if bullet else line(text)


def _is_plain(text: str) -> bool:
    """Returns whether the line belongs to a paragraph; between two of these, a backslash makes a hard line break."""
    return bool(text) and not text.startswith("- ")
