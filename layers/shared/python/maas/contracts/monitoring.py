"""Bodies and answers of what is measured of a version's predictions: monitoring, baseline and drift."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field

from maas.contracts.base import Answer, Body, Integer

# Of one column of a baseline, and the columns of one side.
QUANTILES_MAX, VALUES_MAX, VALUE_MAX, COLUMNS_MAX = 201, 64, 256, 128
Count = Annotated[Integer, Field(ge=0, le=10**12)]


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


class BaselineColumn(Body):
    """One column of a baseline. `quantiles` are evenly spaced and ascending, of numbers alone.

    `values` counts the most frequent whole numbers, booleans ("true", "false") or texts.
    """

    count: Count
    missing: Count = 0
    mean: float = 0.0
    deviation: Annotated[float, Field(ge=0)] = 0.0
    minimum: float | None = None
    maximum: float | None = None
    quantiles: list[float] = Field(default_factory=list, max_length=QUANTILES_MAX)
    values: dict[Annotated[str, Field(max_length=VALUE_MAX)], Annotated[Count, Field(ge=1)]] = Field(
        default_factory=dict, max_length=VALUES_MAX
    )


class BaselineBody(Body):
    """A baseline of `rows` rows: a column for each of the version's inputs, and for any of its outputs."""

    rows: Annotated[Integer, Field(ge=1, le=10**12)]
    inputs: dict[str, BaselineColumn] = Field(max_length=COLUMNS_MAX)
    outputs: dict[str, BaselineColumn] = Field(default_factory=dict, max_length=COLUMNS_MAX)


class BaselineAnswer(Answer):
    """A baseline: `given` by a client, the `first` predictions, or those of the `previous` version `of_version`."""

    model_id: str
    version: str
    kind: str
    of_version: str
    created_at: datetime
    rows: int
    inputs: list[ColumnAnswer]
    outputs: list[ColumnAnswer]


class ViolationAnswer(Answer):
    """`rate` is a part of the window's values, `expected` the part that is expected at most."""

    kind: str
    rate: float
    expected: float


class ColumnDriftAnswer(Answer):
    """One column. `p_value` is that of `test`, `adjusted` the one that is adjusted for the number of columns.

    `psi` is the population stability index, `jensen_shannon` the divergence in bits.
    """

    name: str
    side: str
    drifts: bool
    test: str
    statistic: float
    p_value: float
    adjusted: float
    psi: float
    jensen_shannon: float
    missing_rate: float
    baseline_missing_rate: float
    violations: list[ViolationAnswer]


class DriftAnswer(Answer):
    """A window beside a baseline. `share` is the part of the inputs that drift.

    `outcome` is `drift`, `stable`, `few_rows` or `no_baseline`; the latter two have no columns. `baseline` and
    `baseline_version` are null, and `baseline_rows` is 0, without a baseline.
    """

    model_id: str
    version: str
    since: datetime
    until: datetime
    outcome: str
    share: float
    rows: int
    baseline: str | None
    baseline_version: str | None
    baseline_rows: int
    columns: list[ColumnDriftAnswer]
