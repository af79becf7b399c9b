"""The picture of a comparison: the figures of two versions, and the change between them."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from maas_client.answers import Comparison, Interval
from maas_client.reports import style
from maas_client.reports.measures import percent
from maas_client.reports.performance import interval

_HEIGHT, _GAP = 1.0, 1.9


def drawn(report: Comparison, name: str | None) -> Figure:
    title = f"{name or report.model_id}: {report.new.version} compared with {report.old.version}"
    under = f"predictions of {style.between(report.since, report.until)} with feedback; intervals of 95 %"
    sections = [each for each in (_labels(report), _numbers(report)) if each[1]]
    made = style.figure(style.HEAD + max(0.7, len(sections) * (_HEIGHT + 1.1)), title, under)
    if not sections:
        style.note(made, "There is no feedback on predictions of this time.", style.HEAD + 0.2)
    for place, (words, rows, change) in enumerate(sections):
        _draw_section(made, style.HEAD + 0.35 + place * (_HEIGHT + 1.1), words, rows, change)
    return made


_Words = tuple[str, str, str]
_Section = tuple[_Words, list[tuple[str, Interval]], "Interval | None"]


def _labels(report: Comparison) -> _Section:
    rows = [
        (f"{each.version}, {each.classification.rows:,} rows", percent(each.classification.accuracy))
        for each in (report.old, report.new)
        if each.classification
    ]
    change = percent(report.accuracy_change) if report.accuracy_change else None
    return ("Accuracy", "accuracy (%)", "change (percentage points, more is better)"), rows, change


def _numbers(report: Comparison) -> _Section:
    rows = [
        (
            f"{each.version}, {each.regression.rows:,} rows",
            Interval(estimate=each.regression.mae, low=each.regression.mae, high=each.regression.mae),
        )
        for each in (report.old, report.new)
        if each.regression
    ]
    words = ("Mean absolute error", "MAE (unit of the score)", "change (unit of the score, less is better)")
    return words, rows, report.mae_change


def _draw_section(
    made: Figure, top: float, words: _Words, rows: list[tuple[str, Interval]], change: Interval | None
) -> None:
    title, unit, changed = words
    names = [name for name, _ in rows]
    left = style.left_of(names)
    width = (style.WIDTH - left - _GAP - 0.3) / 2
    chart = style.axes(made, left, top, width, _HEIGHT)
    style.rows(chart, names)
    for place, (_, found) in enumerate(rows):
        interval(chart, place, found, place)
    chart.set_title(title)
    _finish(chart, unit)
    if change:
        _draw_change(style.axes(made, left + width + _GAP, top, width, _HEIGHT), change, changed)


def _draw_change(chart: Axes, change: Interval, unit: str) -> None:
    surely = change.low > 0 or change.high < 0
    style.rows(chart, ["new minus old"])
    chart.axvline(0, color=style.GREY, linewidth=1, linestyle="--", zorder=0)
    interval(chart, 0, change, 6)
    chart.set_title("Change" if surely else "Change: may be none, the interval has 0")
    _finish(chart, unit)


def _finish(chart: Axes, unit: str) -> None:
    chart.margins(x=0.15)
    chart.set_xlabel(unit)
    chart.grid(axis="x", color=style.PALE, linewidth=0.5)
