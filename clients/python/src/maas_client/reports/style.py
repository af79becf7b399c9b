"""What all pictures share: colours, sizes in inches, titles and labels."""

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

WIDTH = 10.0
# Height of one row of a chart, of what is above all charts, and of an axis with its label.
ROW, HEAD, AXIS = 0.26, 0.85, 0.65
# Colours of Okabe and Ito, which people with any colour vision tell apart; markers help in grey.
BLUE, ORANGE, GREY, INK, PALE = "#0072B2", "#D55E00", "#6E6E6E", "#1A1A1A", "#D9D9D9"
COLOURS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#56B4E9", "#B8860B", "#000000", "#7A4FBF")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
NAME_MAX = 34
SETTINGS: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,  # names of columns may have dollar signs
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "hatch.linewidth": 0.6,
}


def figure(height: float, title: str, under: str) -> Figure:
    """Returns an empty picture of a height in inches, with a title and a line under it."""
    made = Figure(figsize=(WIDTH, round(height, 2)))
    made.text(0.2 / WIDTH, 1 - 0.3 / height, short(title, 90), size=13, weight="bold", color=INK, va="center")
    made.text(0.2 / WIDTH, 1 - 0.57 / height, short(under, 150), size=9, color=GREY, va="center")
    return made


def axes(made: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Returns axes at a place in inches, counted from the left and from the top."""
    whole = made.get_figheight()
    return made.add_axes((left / WIDTH, 1 - (top + height) / whole, width / WIDTH, height / whole))


def note(made: Figure, text: str, top: float) -> None:
    """Writes a sentence where nothing can be drawn."""
    made.text(0.2 / WIDTH, 1 - top / made.get_figheight(), text, size=10, color=INK, va="center")


def short(text: str, most: int = NAME_MAX) -> str:
    """Returns the text in one line, without its middle if it is too long: names differ at both ends."""
    line = "".join(character if character.isprintable() else " " for character in text)
    half = (most - 1) // 2
    return line if len(line) <= most else f"{line[: most - 1 - half]}…{line[-half:]}"


def rows(chart: Axes, names: Sequence[str]) -> None:
    """Gives a chart a row for each name, the first one at the top."""
    chart.set_yticks(range(len(names)), [short(name) for name in names])
    chart.set_ylim(len(names) - 0.4, -0.6)
    chart.tick_params(axis="y", length=0)


def left_of(names: Sequence[str]) -> float:
    """Returns how many inches the names of rows need, with what is before them."""
    longest = max((len(short(name)) for name in names), default=0)
    return max(1.0, 0.35 + 0.082 * longest)


def times(chart: Axes) -> None:
    """Writes the times of an axis in UTC, the date once."""
    locator = AutoDateLocator(minticks=3, maxticks=6, tz=timezone.utc)  # type: ignore[no-untyped-call]
    chart.xaxis.set_major_locator(locator)
    chart.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=timezone.utc))  # type: ignore[no-untyped-call]
    chart.set_xlabel("time (UTC)")


def moment(at: datetime) -> str:
    return at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M")


def second(at: datetime) -> str:
    return at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def between(since: datetime, until: datetime) -> str:
    return f"{moment(since)} to {moment(until)} UTC"


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Moves labels apart to at least `gap`, in the order of their places."""
    order = sorted(range(len(places)), key=lambda at: places[at])
    moved = [0.0] * len(places)
    lowest = float("-inf")
    for at in order:
        moved[at] = lowest = max(places[at], lowest + gap)
    return moved
