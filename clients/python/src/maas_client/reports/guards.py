"""Charts of what the guards of a rollout have last seen: both sides' figures beside what the candidate may have."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from maas_client.answers import JudgedGuard, Judgement, SeenSide
from maas_client.reports import guard_words, style

# Charts beside each other. The height of a line of them, and of the axes of one, in inches.
_COLUMNS, _LINE, _AXES, _LEFT, _WIDTH = 2, 1.35, 0.5, 1.75, 3.0
_WORDS = {
    "error_rate": "failed calls",
    "latency": "time of an answer",
    "disagreement": "answers that disagree",
    "feedback": "wrong labels",
    "drift": "inputs that drift",
}


def height(found: Judgement | None) -> float:
    """Returns the inches that the charts need."""
    return 0.35 + _LINE * -(-len(found.guards) // _COLUMNS) if found and found.guards else 0.0


def draw(made: Figure, found: Judgement, top: float) -> None:
    """Draws a chart for each guard, `top` inches from the top."""
    which = f"Guards at {style.second(found.at)}, in step {found.step + 1}"
    text = f"{which}: bars are confidence sequences, dashed is what the candidate may have"
    made.text(0.2 / style.WIDTH, 1 - (top + 0.1) / made.get_figheight(), text, size=10, color=style.INK, va="center")
    for place, guard in enumerate(found.guards):
        line, column = divmod(place, _COLUMNS)
        left = _LEFT + column * (style.WIDTH / _COLUMNS)
        _draw_guard(style.axes(made, left, top + 0.5 + _LINE * line, _WIDTH, _AXES), guard)


def _draw_guard(chart: Axes, guard: JudgedGuard) -> None:
    sides = (("live", guard.live), ("candidate", guard.candidate))
    style.rows(chart, [_row(guard, which, side) for which, side in sides])
    for place, ((_, side), colour, marker) in enumerate(zip(sides, style.COLOURS, style.MARKERS, strict=False)):
        _draw_side(chart, guard, side, place, colour, marker)
    bound = guard_words.bound(guard)
    if bound is not None:
        chart.axvline(bound * guard_words.scale(guard), color=style.INK, linestyle="--", linewidth=1)
    chart.set_xlim(0, _end(guard, bound))
    chart.set_title(_title(guard, bound))
    chart.set_xlabel(_axis(guard))
    chart.grid(axis="x", color=style.PALE, linewidth=0.5)


def _draw_side(chart: Axes, guard: JudgedGuard, side: SeenSide, place: int, colour: str, marker: str) -> None:
    if side.value is None:
        return
    by = guard_words.scale(guard)
    low, high = (side.value if end is None else end for end in (side.low, side.high))
    chart.hlines(place, low * by, high * by, color=colour, linewidth=2)
    chart.scatter([side.value * by], [place], s=30, color=colour, marker=marker, zorder=3, clip_on=False)


def _end(guard: JudgedGuard, bound: float | None) -> float:
    """Returns where the axis ends: it begins at zero, and has all that is drawn."""
    found = [bound, *(end for side in (guard.live, guard.candidate) for end in (side.value, side.high))]
    return 1.08 * max((each for each in found if each), default=1.0) * guard_words.scale(guard)


def _row(guard: JudgedGuard, which: str, side: SeenSide) -> str:
    return f"{which}: none" if side.value is None else f"{which}: {guard_words.value(guard, side.value)}"


def _title(guard: JudgedGuard, bound: float | None) -> str:
    most = "" if bound is None else f"; at most {guard_words.value(guard, bound)}"
    return f"{guard_words.name(guard)}, {guard_words.state(guard)}{most}"


def _axis(guard: JudgedGuard) -> str:
    unit = guard_words.unit(guard)
    return f"{_WORDS.get(guard.metric, guard.metric)} ({unit})" if unit else "mean absolute error"
