"""Charts by the client's reports, of Prometheus's answers to the dashboards, and of tables of docs."""

import io
import math
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx2
import matplotlib as mpl
from matplotlib.figure import Figure

from maas_client import reports
from maas_client.reports import style
from tools import dashboards
from tools.docs_pictures.diagrams import ROOT
from tools.docs_pictures.world import World

_VARIABLES = {"$__rate_interval": "1m", "$model": ".*", "$version": ".*", "$rollout": ".*"}
_UNITS = {"reqps": "calls a second", "s": "seconds", "percentunit": "part", "short": "count"}
_STEP, _SECONDS, _COLUMNS, _LEGEND_MAX = 5, 120, 2, 4


def drift(world: World) -> bytes:
    with world.client() as client:
        return reports.png(client.monitoring.drift("iris", "1.0.0", window="1h"), name="iris")


def performance(world: World) -> bytes:
    with world.client() as client:
        return reports.png(client.feedback.performance("iris", window="24h"), name="iris")


def comparison(world: World) -> bytes:
    with world.client() as client:
        return reports.png(client.feedback.compare("iris", "1.0.0", "1.1.0"), name="iris")


def rollout(world: World) -> bytes:
    with world.client() as client:
        moves = list(client.aliases.history("iris", "production"))
        return reports.png(client.rollouts.get("iris", "production"), name="iris@production", history=moves)


def dashboard(world: World) -> bytes:
    """The panels of the predictions' dashboard, as Prometheus answers them."""
    panels = dashboards.PREDICTIONS.panels
    height = 0.6 + 2.3 * math.ceil(len(panels) / _COLUMNS)
    with mpl.rc_context(style.SETTINGS):
        made = style.figure(height, dashboards.PREDICTIONS.title, "each panel's query, as Prometheus has answered it")
        for place, panel in enumerate(panels):
            row, column = divmod(place, _COLUMNS)
            chart = style.axes(made, 0.75 + 4.85 * column, 1.0 + 2.3 * row, 4.1, 1.35)
            _draw_panel(chart, panel, str(world.ready["prometheus"]))
        return _png(made, 75)


def _draw_panel(chart: Any, panel: dashboards.Panel, url: str) -> None:
    [(query, legend)] = panel.queries
    for name, value in _VARIABLES.items():
        query = query.replace(name, value)
    end = time.time()
    params: dict[str, str | float] = {"query": query, "start": end - _SECONDS, "end": end, "step": _STEP}
    found = httpx2.get(f"{url}/api/v1/query_range", params=params, trust_env=False).json()["data"]["result"]
    for place, series in enumerate(found[:_LEGEND_MAX]):
        label = _labelled(legend, series["metric"])
        at = [datetime.fromtimestamp(moment, UTC) for moment, _ in series["values"]]
        numbers = [float(value) for _, value in series["values"]]
        chart.plot(at, numbers, color=style.COLOURS[place], label=style.short(re.sub(r"[0-9a-f-]{36}", "iris", label)))
    chart.set_title(panel.title)
    chart.set_ylabel(_UNITS[panel.unit], fontsize=8)
    chart.margins(y=0.6)
    chart.set_ylim(bottom=0)
    chart.set_xlim(datetime.fromtimestamp(end - _SECONDS, UTC), datetime.fromtimestamp(end, UTC))
    style.times(chart)
    chart.set_xlabel("")
    if found:
        chart.legend(fontsize=7, frameon=False, loc="upper left", ncols=4, borderaxespad=0.1, columnspacing=1)


def _labelled(legend: str, labels: dict[str, str]) -> str:
    for name in re.findall(r"\{\{(\w+)\}\}", legend):
        legend = legend.replace(f"{{{{{name}}}}}", labels.get(name, ""))
    return legend


def cold_starts() -> bytes:
    """The first table of docs/benchmarks.md: seconds of imports with and without bytecode."""
    rows = _table("docs/benchmarks.md", "| function | with bytecode | without | unpacked, MB |")
    names = [row[0] for row in rows]
    with mpl.rc_context(style.SETTINGS):
        made = style.figure(
            style.HEAD + 1.2 + 0.4 * len(rows), "Cold start: seconds of imports", "by function; less is better"
        )
        chart: Any = style.axes(made, 1.1, style.HEAD + 0.3, 8.4, 0.4 * len(rows))
        for place, (label, colour, hatch) in enumerate(
            (("with bytecode", style.BLUE, ""), ("without", style.ORANGE, "///"))
        ):
            seconds = [float(row[1 + place]) for row in rows]
            tops = [at - 0.19 + 0.38 * place for at in range(len(rows))]
            bars = chart.barh(tops, seconds, height=0.34, color=colour, hatch=hatch, edgecolor="white", label=label)
            chart.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
        style.rows(chart, names)
        chart.set_xlabel("time of imports (s)")
        chart.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0.2)
        return _png(made)


def _table(file: str, head: str) -> Sequence[Sequence[str]]:
    """The rows of a table of a page, found by its head."""
    _, _, rest = (ROOT / file).read_text().partition(f"{head}\n")
    rows = rest.split("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def _png(made: Figure, dpi: int = reports.DPI) -> bytes:
    written = io.BytesIO()
    made.savefig(written, format="png", dpi=dpi)
    return written.getvalue()
