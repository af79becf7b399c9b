"""Answers about the values that predictions are made of: figures, baselines and drift."""

from collections.abc import Mapping

from maas_client.answers.base import Answer, Moment


class CountedValue(Answer):
    value: str
    count: int


class Column(Answer):
    """One column. `quantiles` are by their percentage. All figures of numbers are None without numbers."""

    name: str
    count: int
    missing: int
    mean: float | None
    deviation: float | None
    minimum: float | None
    maximum: float | None
    quantiles: Mapping[str, float] | None
    rank_error: float | None
    values: list[CountedValue]
    values_error: int


class Monitoring(Answer):
    """What `rows` rows of `calls` predictions came to, from `since` on and before `until`."""

    model_id: str
    version: str
    since: Moment
    until: Moment
    calls: int
    rows: int
    inputs: list[Column]
    outputs: list[Column]


class Baseline(Answer):
    """A baseline: `given`, the `first` predictions, or those of the `previous` version `of_version`."""

    model_id: str
    version: str
    kind: str
    of_version: str
    created_at: Moment
    rows: int
    inputs: list[Column]
    outputs: list[Column]


class Violation(Answer):
    """Values that the baseline does not have: `missing`, out of its `range`, or of a new `category`."""

    kind: str
    rate: float
    expected: float


class ColumnDrift(Answer):
    """One column. `adjusted` is the p-value of `test`, adjusted for the number of columns; `psi` is the size."""

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
    violations: list[Violation]


class Drift(Answer):
    """A window beside a baseline. `outcome` is `drift`, `stable`, `few_rows` or `no_baseline`.

    `share` is the part of the inputs that drift.
    """

    model_id: str
    version: str
    since: Moment
    until: Moment
    outcome: str
    share: float
    rows: int
    baseline: str | None
    baseline_version: str | None
    baseline_rows: int
    columns: list[ColumnDrift]
