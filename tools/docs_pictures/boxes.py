"""Boxes in columns with arrows between them, as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _LINE, _PAD, _GAP, _ROW = 216, 15, 9, 80, 14
_NAME_MAX, _LINE_MAX = 26, 36
_HEAD, _MARGIN = 58, 18
# Colours of Okabe and Ito, lightened for text on them.
FILLS = ("#D6E9F5", "#FBE3D3", "#D5EFE6", "#F5E3EE", "#F3F3F3", "#FBF3CF")
_STYLE = """  <style>
    text { font-family: Helvetica, Arial, sans-serif; fill: #1A1A1A; }
    .title { font-size: 17px; font-weight: bold; } .head { font-size: 12px; fill: #4A4A4A; }
    .name { font-size: 13px; font-weight: bold; } .line { font-size: 11px; }
    .box { stroke: #6E6E6E; stroke-width: 1; } .arrow { fill: none; stroke: #6E6E6E; stroke-width: 1.2; }
  </style>
  <defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
    <path d="M0,0 L8,4 L0,8 z" fill="#6E6E6E"/></marker></defs>"""


@dataclass(frozen=True, slots=True)
class Box:
    """A box with a name, and lines under it."""

    name: str
    lines: Sequence[str] = ()

    @property
    def height(self) -> int:
        return 2 * _PAD + _LINE * (1 + len(self.lines))


def drawn(title: str, columns: Mapping[str, Sequence[Box]], arrows: Sequence[tuple[str, str]] = ()) -> str:
    """Returns a picture with a column for each head. Arrows lead from one box's name to another's.

    Raises KeyError if an arrow names no box.
    """
    places = _places(columns, centred=bool(arrows))
    by_name = {place[0].name: place for place in reversed(places)}
    width = 2 * _MARGIN + len(columns) * (_WIDTH + _GAP) - _GAP
    height = max(y + box.height for box, _, y, _ in places) + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"',
        f'  width="{width}" height="{height}">',
        f"  <title>{escape(title)}</title>",
        _STYLE,
        f'  <rect width="{width}" height="{height}" fill="white"/>',
        f'  <text class="title" x="{_MARGIN}" y="26">{escape(title)}</text>',
        *(f'  <text class="head" x="{_left(at)}" y="48">{escape(head)}</text>' for at, head in enumerate(columns)),
        *(_arrow(by_name[start], by_name[end]) for start, end in dict.fromkeys(arrows)),
        *(_box(*place) for place in places),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


_Place = tuple[Box, int, int, int]


def _left(column: int) -> int:
    return _MARGIN + column * (_WIDTH + _GAP)


def _places(columns: Mapping[str, Sequence[Box]], *, centred: bool) -> list[_Place]:
    """Each box with its left edge, top and column. Short columns may be centred beside the longest."""
    heights = [sum(box.height + _ROW for box in boxes) - _ROW for boxes in columns.values()]
    found: list[_Place] = []
    for column, boxes in enumerate(columns.values()):
        top = _HEAD + ((max(heights) - heights[column]) // 2 if centred else 0)
        for box in boxes:
            found.append((box, _left(column), top, column))
            top += box.height + _ROW
    return found


def _cut(text: str, most: int) -> str:
    return escape(text if len(text) <= most else f"{text[: most - 1]}…")


def _box(box: Box, left: int, top: int, column: int) -> str:
    fill, x, y = FILLS[column % len(FILLS)], left + _PAD, top + _PAD + 11
    size = f'width="{_WIDTH}" height="{box.height}" rx="5"'
    lines = [
        f'  <rect class="box" x="{left}" y="{top}" {size} fill="{fill}"/>',
        f'  <text class="name" x="{x}" y="{y}">{_cut(box.name, _NAME_MAX)}</text>',
    ]
    for number, line in enumerate(box.lines, start=1):
        lines.append(f'  <text class="line" x="{x}" y="{y + number * _LINE}">{_cut(line, _LINE_MAX)}</text>')
    return "\n".join(lines)


def _arrow(start: _Place, end: _Place) -> str:
    """A curve from the side of one box to the facing side of another; boxes of one column have it on their right."""
    box, left, top, column = start
    other, other_left, other_top, other_column = end
    y, other_y = top + box.height // 2, other_top + other.height // 2
    if column == other_column:
        x = other_x = left + _WIDTH
        bend = other_bend = x + 34
    elif column < other_column:
        x, other_x = left + _WIDTH, other_left
        bend, other_bend = x + _GAP // 2, other_x - _GAP // 2
    else:
        x, other_x = left, other_left + _WIDTH
        bend, other_bend = x - _GAP // 2, other_x + _GAP // 2
    curve = f"M{x},{y} C{bend},{y} {other_bend},{other_y} {other_x},{other_y}"
    return f'  <path class="arrow" marker-end="url(#end)" d="{curve}"/>'
