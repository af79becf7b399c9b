"""Figures of values as answers."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from maas.contracts.monitoring import ColumnAnswer, MonitoringAnswer, ValueAnswer
from maas.domain.monitoring.summaries import ColumnSummary
from maas.services.monitoring import Measured

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
