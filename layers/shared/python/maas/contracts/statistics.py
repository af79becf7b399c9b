"""The answers of GET /stats and GET /models/{id}/stats."""

from collections.abc import Mapping
from datetime import datetime

from maas.contracts.base import Answer


class PercentilesAnswer(Answer):
    """Percentiles of `count` values, at most 9 % off."""

    count: int
    p50: float
    p90: float
    p99: float


class CacheAnswer(Answer):
    """`hit_rate` is null if nothing was read."""

    hits: int
    hit_rate: float | None


class FiguresAnswer(Answer):
    """Calls, and their errors by code. `phases` are milliseconds by name; `queue` is how many calls waited."""

    calls: int
    errors: Mapping[str, int]
    results: CacheAnswer
    cold_starts: int
    phases: Mapping[str, PercentilesAnswer]
    queue: PercentilesAnswer | None


class VersionFiguresAnswer(FiguresAnswer):
    version: str


class _StatisticsAnswer(Answer):
    """Figures from `since` on. `shared` is false if they are those of the answering process alone."""

    since: datetime
    minutes: int
    shared: bool


class ModelStatisticsAnswer(_StatisticsAnswer):
    """The figures of each version that was called, the most called first."""

    model_id: str
    versions: list[VersionFiguresAnswer]


class RegistryCacheAnswer(Answer):
    """`hit_rate` is null if the registry's cache was not read yet, or the registry does not answer."""

    hit_rate: float | None


class OrganizationStatisticsAnswer(_StatisticsAnswer):
    """The figures of all predictions of the organization, and the registry's cache, which all organizations share."""

    predictions: FiguresAnswer
    registry: RegistryCacheAnswer
