"""The answers of GET /models/{id}/versions/{ref}/monitoring."""

from collections.abc import Mapping
from datetime import datetime

from maas.contracts.base import Answer


class ValueAnswer(Answer):
    value: str
    count: int


class ColumnAnswer(Answer):
    """One column: a number of a row, by the name that callers use.

    `missing` values are null, NaN or infinite. `quantiles` are by their percentage; their ranks are off by at most
    `rank_error` (a part of all values). They, `mean`, `deviation`, `minimum` and `maximum` are null without numbers.
    `values` are the most frequent whole numbers, booleans and texts; a count is too low by at most `values_error`.
    """

    name: str
    count: int
    missing: int
    mean: float | None
    deviation: float | None
    minimum: float | None
    maximum: float | None
    quantiles: Mapping[str, float] | None
    rank_error: float | None
    values: list[ValueAnswer]
    values_error: int


class MonitoringAnswer(Answer):
    """What `rows` rows of `calls` predictions came to, from `since` on and before `until`."""

    model_id: str
    version: str
    since: datetime
    until: datetime
    calls: int
    rows: int
    inputs: list[ColumnAnswer]
    outputs: list[ColumnAnswer]
