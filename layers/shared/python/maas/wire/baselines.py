"""Baselines of versions as items of the table of monitoring: the partition of its sketches, `baseline#<kind>`."""

import json
import math
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from maas.domain.errors import TooLarge
from maas.domain.monitoring.baselines import Baseline, BaselineKind
from maas.domain.monitoring.distributions import Distribution
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.sketches import Moments, TopValues
from maas.domain.monitoring.summaries import ColumnSummary, VersionSummary
from maas.wire.monitoring import partition

# Bytes of a baseline, compressed, in one item, which DynamoDB limits to 400 KB.
BASELINE_MAX = 380_000


def baseline_key(place: Place, kind: BaselineKind) -> dict[str, str]:
    return {"pk": partition(place), "sk": f"baseline#{kind}"}


def baseline_item(place: Place, baseline: Baseline) -> dict[str, Any]:
    """The item of a baseline, which does not expire. Raises TooLarge."""
    summary = json.dumps(_summary_values(baseline.summary), separators=(",", ":"), ensure_ascii=False)
    packed = zlib.compress(summary.encode())
    if len(packed) > BASELINE_MAX:
        raise TooLarge(f"the baseline has more than {BASELINE_MAX:,} bytes when it is compressed; leave out values")
    return {
        **baseline_key(place, baseline.kind),
        "of_version": baseline.version,
        "summary": packed,
        "created_at": baseline.created_at.isoformat(),
        "created_by": baseline.created_by,
    }


def baseline_of(item: Mapping[str, Any]) -> Baseline:
    return Baseline(
        kind=BaselineKind(item["sk"].partition("#")[2]),
        version=item["of_version"],
        summary=_summary_of(json.loads(zlib.decompress(bytes(item["summary"])))),
        created_at=datetime.fromisoformat(item["created_at"]),
        created_by=item["created_by"],
    )


def _summary_values(summary: VersionSummary) -> dict[str, Any]:
    return {
        "calls": summary.calls,
        "rows": summary.rows,
        "inputs": {name: _column_values(each) for name, each in summary.inputs.items()},
        "outputs": {name: _column_values(each) for name, each in summary.outputs.items()},
    }


def _column_values(column: ColumnSummary) -> dict[str, Any]:
    moments, numbers = column.moments, column.distribution
    return {
        "count": column.count,
        "missing": column.missing,
        "moments": [moments.count, moments.mean, moments.squares, *map(_finite, (moments.low, moments.high))],
        "points": list(numbers.points) if numbers else [],
        "numbers": [numbers.count, numbers.error] if numbers else [],
        "values": dict(column.values.counts),
        "error": column.values.error,
    }


def _finite(number: float) -> float | None:
    return None if math.isnan(number) else number


def _summary_of(values: Mapping[str, Any]) -> VersionSummary:
    return VersionSummary(
        calls=values["calls"],
        rows=values["rows"],
        inputs={name: _column_of(each) for name, each in values["inputs"].items()},
        outputs={name: _column_of(each) for name, each in values["outputs"].items()},
    )


def _column_of(values: Mapping[str, Any]) -> ColumnSummary:
    count, mean, squares, *bounds = values["moments"]
    low, high = (math.nan if bound is None else bound for bound in bounds)
    return ColumnSummary(
        count=values["count"],
        missing=values["missing"],
        moments=Moments(count, mean, squares, low, high),
        distribution=Distribution(tuple(values["points"]), *values["numbers"]) if values["points"] else None,
        values=TopValues(values["values"], values["error"]),
    )
