"""Figures of values as answers."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from maas.contracts.monitoring import (
    BaselineAnswer,
    BaselineBody,
    BaselineColumn,
    ColumnAnswer,
    ColumnDriftAnswer,
    DriftAnswer,
    MonitoringAnswer,
    ValueAnswer,
    ViolationAnswer,
)
from maas.domain.catalog.versions import Version
from maas.domain.monitoring.baselines import Baseline, GivenColumn
from maas.domain.monitoring.drift import ColumnDrift
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.summaries import ColumnSummary
from maas.services.monitoring import GivenBaseline, Measured

# Of one column in an answer.
SHOWN_MAX = 10
_QUANTILES = (1, 5, 25, 50, 75, 95, 99)


def monitoring_answer(found: Measured) -> MonitoringAnswer:
    return MonitoringAnswer(
        model_id=found.version.model_id,
        version=found.version.version,
        since=moment(found.window.start),
        until=moment(found.window.end),
        calls=found.summary.calls,
        rows=found.summary.rows,
        inputs=_columns(found.summary.inputs),
        outputs=_columns(found.summary.outputs),
    )


def given_baseline(body: BaselineBody) -> GivenBaseline:
    return GivenBaseline(
        body.rows,
        {name: _given(column) for name, column in body.inputs.items()},
        {name: _given(column) for name, column in body.outputs.items()},
    )


def _given(column: BaselineColumn) -> GivenColumn:
    return GivenColumn(
        count=column.count,
        missing=column.missing,
        mean=column.mean,
        deviation=column.deviation,
        minimum=math.nan if column.minimum is None else column.minimum,
        maximum=math.nan if column.maximum is None else column.maximum,
        quantiles=column.quantiles,
        values=column.values,
    )


def baseline_answer(version: Version, found: Baseline) -> BaselineAnswer:
    return BaselineAnswer(
        model_id=version.model_id,
        version=version.version,
        kind=found.kind,
        of_version=found.version,
        created_at=found.created_at,
        rows=found.summary.rows,
        inputs=_columns(found.summary.inputs),
        outputs=_columns(found.summary.outputs),
    )


def drift_answer(version: Version, found: DriftReport) -> DriftAnswer:
    return DriftAnswer(
        model_id=version.model_id,
        version=version.version,
        since=moment(found.window.start),
        until=moment(found.window.end),
        outcome=found.outcome,
        share=round(found.share, 4),
        rows=found.rows,
        baseline=found.baseline,
        baseline_version=found.baseline_version or None,
        baseline_rows=found.baseline_rows,
        columns=[_drift(each) for each in found.drift.columns] if found.drift else [],
    )


def _drift(column: ColumnDrift) -> ColumnDriftAnswer:
    return ColumnDriftAnswer(
        name=column.name,
        side=column.side,
        drifts=column.drifts,
        test=column.test,
        statistic=round(column.statistic, 4),
        p_value=column.p_value,
        adjusted=column.adjusted,
        psi=round(column.index, 4),
        jensen_shannon=round(column.divergence, 4),
        missing_rate=round(column.missing_rate, 4),
        baseline_missing_rate=round(column.baseline_missing_rate, 4),
        violations=[
            ViolationAnswer(kind=each.kind, rate=round(each.rate, 4), expected=round(each.expected, 4))
            for each in column.violations
        ],
    )


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _columns(columns: Mapping[str, ColumnSummary]) -> list[ColumnAnswer]:
    return [_column(name, each) for name, each in columns.items()]


def _column(name: str, column: ColumnSummary) -> ColumnAnswer:
    moments, numbers = column.moments, column.distribution
    shown = sorted(column.values.counts.items(), key=lambda each: (-each[1], each[0]))[:SHOWN_MAX]
    return ColumnAnswer(
        name=name,
        count=column.count,
        missing=column.missing,
        mean=moments.mean if numbers else None,
        deviation=math.sqrt(moments.variance) if numbers else None,
        minimum=moments.low if numbers else None,
        maximum=moments.high if numbers else None,
        quantiles={str(each): numbers.quantile(each / 100) for each in _QUANTILES} if numbers else None,
        rank_error=round(numbers.error, 4) if numbers else None,
        values=[ValueAnswer(value=value, count=count) for value, count in shown],
        values_error=column.values.error,
    )
