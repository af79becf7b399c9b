"""Figures of predictions as answers."""

from datetime import UTC, datetime
from typing import Any

from maas.contracts.statistics import (
    CacheAnswer,
    FiguresAnswer,
    ModelStatisticsAnswer,
    OrganizationStatisticsAnswer,
    PercentilesAnswer,
    RegistryCacheAnswer,
    VersionFiguresAnswer,
)
from maas.domain.inference.statistics import Figures, Percentiles
from maas.services.statistics import ModelStatistics, OrganizationStatistics, Window

_MILLISECONDS = 1000.0


def model_statistics_answer(found: ModelStatistics) -> ModelStatisticsAnswer:
    versions = [VersionFiguresAnswer(version=name, **_figures(each)) for name, each in found.versions.items()]
    return ModelStatisticsAnswer(model_id=found.model_id, versions=versions, **_window(found.window))


def organization_statistics_answer(found: OrganizationStatistics) -> OrganizationStatisticsAnswer:
    return OrganizationStatisticsAnswer(
        predictions=FiguresAnswer(**_figures(found.predictions)),
        registry=RegistryCacheAnswer(hit_rate=_rate(found.registry_hit_rate)),
        **_window(found.window),
    )


def _window(window: Window) -> dict[str, Any]:
    since = datetime.fromtimestamp(window.start, UTC)
    return {"since": since, "minutes": window.minutes, "shared": window.shared}


def _figures(found: Figures) -> dict[str, Any]:
    return {
        "calls": found.calls,
        "errors": found.errors,
        "results": CacheAnswer(hits=found.hits, hit_rate=_rate(found.hit_rate)),
        "cold_starts": found.cold_starts,
        "phases": {name: _percentiles(each, _MILLISECONDS) for name, each in found.phases.items()},
        "queue": _percentiles(found.queue, 1.0) if found.queue else None,
    }


def _percentiles(found: Percentiles, unit: float) -> PercentilesAnswer:
    p50, p90, p99 = (round(each * unit, 4) for each in (found.p50, found.p90, found.p99))
    return PercentilesAnswer(count=found.count, p50=p50, p90=p90, p99=p99)


def _rate(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 4)
