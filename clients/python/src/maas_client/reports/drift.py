"""The picture of a drift: how far each column is from the baseline, and how much of it is missing."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from maas_client.answers import ColumnDrift, Drift
from maas_client.reports import style

# The population stability index from which the server calls a significant difference drift (docs/api/monitoring.md).
INDEX_MIN = 0.1
_NOTHING = {
    "few_rows": "Nothing is compared: the window or the baseline has fewer than 100 rows.",
    "no_baseline": "Nothing is compared: the version has no baseline yet.",
}
# Inches: the legend over the charts, the chart of missing values, between both, and on the right.
_LEGEND, _MISSING, _GAP, _RIGHT = 0.3, 2.2, 0.35, 0.3


def drawn(report: Drift, name: str | None) -> Figure:
    columns = sorted(report.columns, key=lambda each: (not each.drifts, -each.psi, each.side, each.name))
    title = f"Drift of {name or report.model_id} {report.version}: {_outcome(report)}"
    if not columns:
        made = style.figure(style.HEAD + 0.7, title, _window(report))
        style.note(made, _NOTHING.get(report.outcome, "No column is in both."), style.HEAD + 0.2)
        return made
    height = style.ROW * len(columns) + 0.1
    made = style.figure(style.HEAD + _LEGEND + height + style.AXIS, title, _window(report))
    names = [_name(each) for each in columns]
    left, top = style.left_of(names), style.HEAD + _LEGEND
    width = style.WIDTH - left - _GAP - _MISSING - _RIGHT
    _draw_index(style.axes(made, left, top, width, height), columns, names)
    _draw_missing(style.axes(made, left + width + _GAP, top, _MISSING, height), columns)
    return made


def _outcome(report: Drift) -> str:
    inputs = [each for each in report.columns if each.side == "input"]
    drifting = sum(each.drifts for each in inputs)
    words = {"stable": "stable", "few_rows": "too few rows", "no_baseline": "no baseline"}
    return words.get(report.outcome, f"{drifting} of {len(inputs)} inputs drift")


def _window(report: Drift) -> str:
    baseline = f"baseline: {report.baseline}, {report.baseline_rows:,} rows" if report.baseline else "no baseline"
    return f"{style.between(report.since, report.until)}, {report.rows:,} rows; {baseline}"


def _name(column: ColumnDrift) -> str:
    return style.short(column.name, style.NAME_MAX - 9) + " (output)" if column.side == "output" else column.name


def _draw_index(chart: Axes, columns: Sequence[ColumnDrift], names: Sequence[str]) -> None:
    """Draws a bar for each column. Those that drift are hatched too, for who sees no colours."""
    bars = chart.barh(
        range(len(columns)),
        [each.psi for each in columns],
        height=0.62,
        color=[style.ORANGE if each.drifts else style.BLUE for each in columns],
    )
    for bar, each in zip(bars, columns, strict=True):
        if each.drifts:
            bar.set_hatch("///")
            bar.set_edgecolor("white")
        chart.annotate(
            _said(each), (each.psi, bar.get_y() + 0.31), (4, 0), textcoords="offset points", va="center", size=8
        )
    style.rows(chart, names)
    chart.axvline(INDEX_MIN, color=style.GREY, linewidth=1, linestyle="--", zorder=0)
    longest = max(len(_said(each)) for each in columns)
    chart.set_xlim(0, max(2 * INDEX_MIN, *(each.psi * 1.02 for each in columns)) * (1 + 0.022 * longest))
    chart.set_xlabel("population stability index (PSI, no unit)")
    marks = [
        Patch(facecolor=style.ORANGE, hatch="///", edgecolor="white", label="drifts"),
        Patch(facecolor=style.BLUE, label="does not"),
        Line2D([], [], color=style.GREY, linestyle="--", linewidth=1, label=f"{INDEX_MIN}: least PSI of a shift"),
    ]
    chart.legend(handles=marks, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, borderaxespad=0.2)


def _said(column: ColumnDrift) -> str:
    """Returns the index with the reasons of a drift."""
    broken = [f"{each.kind} {each.rate:.1%}" for each in column.violations]
    return ", ".join([f"{column.psi:.3f}" if column.test != "none" else "not tested", *broken])


def _draw_missing(chart: Axes, columns: Sequence[ColumnDrift]) -> None:
    before = [100 * each.baseline_missing_rate for each in columns]
    now = [100 * each.missing_rate for each in columns]
    places = range(len(columns))
    chart.hlines(places, before, now, color=style.PALE, linewidth=3, zorder=1)
    chart.scatter(before, places, s=26, facecolors="white", edgecolors=style.GREY, label="baseline", zorder=2)
    chart.scatter(now, places, s=20, color=style.INK, marker="D", label="now", zorder=3)
    style.rows(chart, [""] * len(columns))
    chart.spines["left"].set_visible(False)
    chart.grid(axis="y", color=style.PALE, linewidth=0.5)
    chart.set_axisbelow(True)
    most = max(5.0, *before, *now)
    chart.set_xlim(-0.04 * most, 1.08 * most)
    chart.set_xlabel("missing values (%)")
    chart.legend(
        loc="lower left", bbox_to_anchor=(-0.05, 1), ncols=2, frameon=False, borderaxespad=0.2, handletextpad=0.2
    )
