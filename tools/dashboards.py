"""Writes Grafana's dashboards of one machine to local/dashboards/grafana, from the panels below.

Run it as `PYTHONPATH=.:layers/shared/python python tools/dashboards.py`. A test compares the files with its output.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "local" / "dashboards" / "grafana"
_OF_MODEL = 'model=~"$model", version=~"$version"'
_WIDTH, _HEIGHT, _COLUMNS = 12, 8, 2


@dataclass(frozen=True, slots=True)
class Panel:
    """A diagram. `queries` are pairs of an expression of Prometheus and the legend of its series."""

    title: str
    unit: str
    queries: Sequence[tuple[str, str]]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page of diagrams. `choices` are the variables that a person chooses from, each with the query of its values."""

    uid: str
    title: str
    panels: Sequence[Panel]
    choices: Sequence[tuple[str, str]] = ()


def _quantile(quantile: float, phase: str, labels: str) -> str:
    rate = _per_second("maas_prediction_seconds_bucket", f'phase="{phase}", {labels}', "le, version")
    return f"histogram_quantile({quantile}, {rate})"


def _per_second(name: str, labels: str, by: str) -> str:
    return f"sum by ({by}) (rate({name}{{{labels}}}[$__rate_interval]))"


_VERSIONS = (
    ("model", "label_values(maas_predictions_total, model)"),
    ("version", 'label_values(maas_predictions_total{model=~"$model"}, version)'),
)
_ROLLOUT = 'model=~"$model", rollout=~"$rollout"'
_ROLLOUTS = (
    ("model", "label_values(maas_rollout_predictions_total, model)"),
    ("rollout", 'label_values(maas_rollout_predictions_total{model=~"$model"}, rollout)'),
)


def _part(name: str, chosen: str, labels: str, by: str) -> str:
    """The part of a counter that has the chosen labels; 0 where nothing has them."""
    part, every = _per_second(name, f"{chosen}, {labels}", by), _per_second(name, labels, by)
    return f"({part} or 0 * {every}) / {every}"


def _mean(labels: str, by: str) -> str:
    total, calls = (_per_second(f"maas_prediction_seconds_{part}", labels, by) for part in ("sum", "count"))
    return f"{total} / {calls}"


def _of(title: str, unit: str, expression: str, legend: str, about: str = "") -> Panel:
    """A panel with one query."""
    return Panel(title, unit, ((expression, legend),), about)


_SIDES, _CALLS = "maas_rollout_predictions_total", "maas_predictions_total"
PREDICTIONS = Dashboard(
    "maas-predictions",
    "MaaS: predictions by version",
    (
        _of("Predictions", "reqps", _per_second(_CALLS, _OF_MODEL, "model, version"), "{{model}} {{version}}"),
        _of(
            "Failed predictions",
            "reqps",
            _per_second(_CALLS, f'code!="ok", {_OF_MODEL}', "version, code"),
            "{{version}} {{code}}",
        ),
        _of("Total time, median", "s", _quantile(0.5, "total", _OF_MODEL), "{{version}}"),
        _of("Total time, 99th percentile", "s", _quantile(0.99, "total", _OF_MODEL), "{{version}}"),
        _of("Time of the model alone, 99th percentile", "s", _quantile(0.99, "infer", _OF_MODEL), "{{version}}"),
        _of(
            "Mean time by phase",
            "s",
            _mean(f'phase!="total", {_OF_MODEL}', "phase"),
            "{{phase}}",
            "The mean of the calls that had the phase.",
        ),
        _of(
            "Results from the cache",
            "percentunit",
            _part("maas_prediction_results_total", 'cache="hit"', _OF_MODEL, "version"),
            "{{version}}",
        ),
        _of(
            "Cold starts",
            "reqps",
            _per_second("maas_prediction_cold_starts_total", _OF_MODEL, "version"),
            "{{version}}",
        ),
    ),
    _VERSIONS,
)
ROLLOUTS = Dashboard(
    "maas-rollouts",
    "MaaS: rollouts",
    (
        _of(
            "The candidate's share",
            "percentunit",
            _part(_SIDES, 'side="candidate"', _ROLLOUT, "rollout"),
            "{{rollout}}",
            "The candidate of a shadow answers nobody, so its share is 0.",
        ),
        _of("Predictions by side", "reqps", _per_second(_SIDES, _ROLLOUT, "rollout, side"), "{{side}} {{rollout}}"),
        _of(
            "Part of failed predictions by side",
            "percentunit",
            _part(_SIDES, 'code!="ok"', _ROLLOUT, "rollout, side"),
            "{{side}} {{rollout}}",
        ),
        _of(
            "Failed predictions by code",
            "reqps",
            _per_second(_SIDES, f'code!="ok", {_ROLLOUT}', "side, code"),
            "{{side}} {{code}}",
        ),
        _of("Total time by version, median", "s", _quantile(0.5, "total", 'model=~"$model"'), "{{version}}"),
        _of("Total time by version, 90th percentile", "s", _quantile(0.9, "total", 'model=~"$model"'), "{{version}}"),
    ),
    _ROLLOUTS,
)
MACHINE = Dashboard(
    "maas-machine",
    "MaaS: this machine",
    (
        _of("Requests by route", "reqps", _per_second("maas_http_requests_total", "", "route"), "{{route}}"),
        _of("Requests by status", "reqps", _per_second("maas_http_requests_total", "", "status"), "{{status}}"),
        _of(
            "Time of a request, 99th percentile",
            "s",
            f"histogram_quantile(0.99, {_per_second('maas_http_request_seconds_bucket', '', 'le, route')})",
            "{{route}}",
        ),
        _of("Events that wait for a process", "short", "maas_function_queue_length", "{{function}}"),
        _of("Processes", "short", "maas_function_processes", "{{function}}"),
    ),
)
DASHBOARDS = {"predictions": PREDICTIONS, "rollouts": ROLLOUTS, "machine": MACHINE}


def document(dashboard: Dashboard) -> dict[str, Any]:
    """The dashboard as Grafana reads it from a file."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["maas"],
        "editable": True,
        "schemaVersion": 39,
        "refresh": "5s",
        "time": {"from": "now-15m", "to": "now"},
        "templating": {"list": [_choice(name, query) for name, query in dashboard.choices]},
        "panels": [_panel(place, panel) for place, panel in enumerate(dashboard.panels)],
    }


def _choice(name: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


_SOURCE = {"type": "prometheus", "uid": "maas"}


def _panel(place: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(place, _COLUMNS)
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": _SOURCE, "expr": expression, "legendFormat": legend}
            for number, (expression, legend) in enumerate(panel.queries)
        ],
    }


def text_of(dashboard: Dashboard) -> str:
    return json.dumps(document(dashboard), indent=2) + "\n"


if __name__ == "__main__":
    for name, dashboard in DASHBOARDS.items():
        (FOLDER / f"{name}.json").write_text(text_of(dashboard))
