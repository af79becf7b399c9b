"""The picture of a performance: each group's figure, the same over time, its confidence and its rows."""

from collections.abc import Sequence
from datetime import datetime

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from maas_client.answers import Interval, Performance, PerformanceGroup
from maas_client.reports import style
from maas_client.reports.measures import ACCURACY, MEASURES, Measure

# More lines than this in one chart can't be told apart.
LINES_MAX = len(style.COLOURS)
_TIME_WIDTH, _TIME_HEIGHT, _LABELS, _GAP = 3.6, 2.3, 1.6, 0.75


def drawn(report: Performance, name: str | None) -> Figure:
    title = f"Performance of {name or report.model_id} by {report.by}"
    under = f"predictions of {style.between(report.since, report.until)} with feedback"
    sections = [(each, found) for each in MEASURES if (found := _with(each, report.items))]
    if not sections:
        made = style.figure(style.HEAD + 0.7, title, under)
        style.note(made, "There is no feedback on predictions of this time.", style.HEAD + 0.2)
        return made
    calibrated = any(group.classification and group.classification.bins for group in report.items)
    heights = [_height(len(found)) for _, found in sections] + [_height(0)] * calibrated
    made = style.figure(style.HEAD + sum(heights), title, under)
    top = style.HEAD + 0.35
    for (measure, groups), height in zip(sections, heights, strict=False):
        _draw_section(made, measure, groups, top, height, report)
        top += height
    if calibrated:
        _draw_confidence(made, _with(ACCURACY, report.items), top, report)
    return made


def _with(measure: Measure, groups: Sequence[PerformanceGroup]) -> list[PerformanceGroup]:
    """Returns the groups that have the figure, those with most rows first."""
    return sorted(
        (each for each in groups if measure.of(each.classification, each.regression)), key=lambda each: -_rows(each)
    )


def _rows(group: PerformanceGroup) -> int:
    return sum(each.rows for each in (group.classification, group.regression) if each)


def label(group: PerformanceGroup) -> str:
    """Returns the name of a group, with its segment or side."""
    part = f"{group.segment.name}={group.segment.value}" if group.segment else group.side or ""
    return f"{group.version} {part}".strip()


def _height(groups: int) -> float:
    return max(_TIME_HEIGHT, style.ROW * groups) + 1.05


def _draw_section(
    made: Figure, measure: Measure, groups: Sequence[PerformanceGroup], top: float, height: float, report: Performance
) -> None:
    names = [f"{label(each)}, {_rows(each):,} rows" for each in groups]
    left = style.left_of(names)
    width = style.WIDTH - left - _GAP - _TIME_WIDTH - _LABELS
    chart = style.axes(made, left, top, width, min(height - 1.05, max(0.5, style.ROW * 1.3 * len(groups))))
    _draw_figures(chart, measure, groups, names)
    over = style.axes(made, left + width + _GAP, top, _TIME_WIDTH, _TIME_HEIGHT)
    _draw_times(over, measure, groups, report)


def _draw_figures(chart: Axes, measure: Measure, groups: Sequence[PerformanceGroup], names: Sequence[str]) -> None:
    style.rows(chart, names)
    for place, group in enumerate(groups):
        found = measure.of(group.classification, group.regression)
        if found:
            interval(chart, place, found, place)
    chart.margins(x=0.15)
    chart.set_xlabel(measure.unit)
    chart.set_title(f"{measure.title} (95 %)" if measure is ACCURACY else measure.title)
    chart.grid(axis="x", color=style.PALE, linewidth=0.5)


def interval(chart: Axes, place: float, found: Interval, colour: int) -> None:
    """Draws an estimate with its interval in a row, and its number over it. It is grey without a line of its own."""
    ahead, behind = found.estimate - found.low, found.high - found.estimate
    look = (style.MARKERS[colour], style.COLOURS[colour]) if colour < LINES_MAX else (".", style.GREY)
    chart.errorbar(
        found.estimate,
        place,
        xerr=[[max(0.0, ahead)], [max(0.0, behind)]],
        fmt=look[0],
        color=look[1],
        capsize=3,
        markersize=5,
    )
    chart.annotate(
        f"{found.estimate:.4g}", (found.estimate, place), (0, 5), textcoords="offset points", ha="center", size=8
    )


def _draw_times(chart: Axes, measure: Measure, groups: Sequence[PerformanceGroup], report: Performance) -> None:
    lines = [
        (place, label(group), [(point.at, value) for point in group.points if (value := measure.at(point)) is not None])
        for place, group in enumerate(groups[:LINES_MAX])
    ]
    _draw_lines(chart, lines, report)
    chart.set_ylabel(measure.unit)
    left_out = f", {LINES_MAX} of {len(groups)} groups" if len(groups) > LINES_MAX else ""
    chart.set_title(f"{measure.title} by {report.step}{left_out}")


def _draw_lines(
    chart: Axes,
    lines: Sequence[tuple[int, str, list[tuple[datetime, float]]]],
    report: Performance,
    bottom: float | None = None,
) -> None:
    """Draws a line for each group, with its name at its end. By default the axis begins with the least value."""
    ends: list[tuple[int, str, float]] = []
    for place, name, points in lines:
        if points:
            look = {"color": style.COLOURS[place], "marker": style.MARKERS[place]}
            chart.plot([at for at, _ in points], [value for _, value in points], markersize=4, **look)  # type: ignore[arg-type]
            ends.append((place, name, points[-1][1]))
    style.times(chart)
    chart.margins(y=0.15)
    chart.set_xlim(report.since, report.until)  # type: ignore[arg-type]
    chart.grid(axis="y", color=style.PALE, linewidth=0.5)
    chart.set_ylim(bottom=bottom)
    low, high = chart.get_ylim()
    shares = style.spread([(value - low) / ((high - low) or 1) for _, _, value in ends], 0.075)
    over = max(0.0, max(shares, default=0) - 1.0)
    for (place, name, _), share in zip(ends, shares, strict=True):
        chart.text(
            1.02,
            share - over,
            style.short(name, 22),
            color=style.COLOURS[place],
            transform=chart.transAxes,
            va="center",
            size=8,
        )


def _draw_confidence(made: Figure, groups: Sequence[PerformanceGroup], top: float, report: Performance) -> None:
    chart = style.axes(made, 1.0, top, _TIME_HEIGHT, _TIME_HEIGHT)
    chart.plot([0, 100], [0, 100], color=style.GREY, linewidth=1, linestyle="--", label="as confident as right")
    for place, group in enumerate(groups[:LINES_MAX]):
        bins = group.classification.bins if group.classification else []
        chart.plot(
            [100 * each.confidence for each in bins],
            [100 * each.accuracy for each in bins],
            color=style.COLOURS[place],
            marker=style.MARKERS[place],
            markersize=5,
        )
    chart.legend(loc="lower right", frameon=False, fontsize=8, borderaxespad=0.1)
    chart.set_xlim(0, 103)
    chart.set_ylim(0, 103)
    chart.set_xlabel("confidence of the model (%)")
    chart.set_ylabel("right (%)")
    chart.set_title("Calibration")
    left = style.WIDTH - _TIME_WIDTH - _LABELS
    counted = style.axes(made, left, top, _TIME_WIDTH, _TIME_HEIGHT)
    _draw_lines(
        counted,
        [
            (place, label(group), [(point.at, float(point.rows)) for point in group.points])
            for place, group in enumerate(groups[:LINES_MAX])
        ],
        report,
        bottom=0,
    )
    counted.set_ylabel("rows")
    counted.set_title(f"Rows with feedback by {report.step}")
