"""The latest report of drift of a version as an item of the monitoring table: `REPORT#<tenant>#<model>#<version>`."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from maas.domain.monitoring.baselines import BaselineKind
from maas.domain.monitoring.drift import ColumnDrift, Comparison, Drift, Side
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import KEPT, DriftReport
from maas.domain.monitoring.violations import Kind, Violation
from maas.domain.monitoring.windows import Window
from maas.wire.monitoring import report_partition


def report_key(place: Place) -> dict[str, str]:
    return {"pk": report_partition(place), "sk": "latest"}


def report_item(place: Place, report: DriftReport) -> dict[str, Any]:
    return {
        **report_key(place),
        "report": json.dumps(_values(report), separators=(",", ":"), ensure_ascii=False),
        "expires": int(report.made_at.timestamp()) + KEPT,
    }


def report_of(item: Mapping[str, Any]) -> DriftReport:
    values = json.loads(item["report"])
    found = values.pop("drift")
    return DriftReport(
        **{
            **values,
            "window": Window(**values["window"]),
            "made_at": datetime.fromisoformat(values["made_at"]),
            "baseline": BaselineKind(values["baseline"]) if values["baseline"] else None,
            "drift": _drift(found) if found else None,
        }
    )


def _values(report: DriftReport) -> dict[str, Any]:
    return {**asdict(report), "made_at": report.made_at.isoformat()}


def _drift(values: Mapping[str, Any]) -> Drift:
    return Drift(values["rows"], values["baseline_rows"], tuple(_column(each) for each in values["columns"]))


def _column(values: Mapping[str, Any]) -> ColumnDrift:
    violations = tuple(Violation(**{**each, "kind": Kind(each["kind"])}) for each in values["violations"])
    return ColumnDrift(
        **{**values, "side": Side(values["side"]), "test": Comparison(values["test"]), "violations": violations}
    )
