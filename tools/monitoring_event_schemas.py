"""The events of `maas.monitoring` on the bus, one pydantic model per type, as in event_schemas.py."""

from typing import Literal

from pydantic import Field

from maas.contracts.base import Answer
from maas.domain.monitoring.baselines import BaselineKind
from maas.domain.monitoring.drift import Comparison, Side
from maas.domain.monitoring.violations import Kind
from tools.event_fields import IdentityBody


class DriftingColumn(Answer):
    """A column that drifts. Its figures are texts of four digits."""

    name: str
    side: Side
    test: Comparison
    statistic: str
    adjusted_p: str = Field(description="The p-value, adjusted for the number of columns.")
    index: str = Field(description="The population stability index.")
    violations: list[Kind] = Field(description="Values that the baseline does not have.")


class DriftSummary(Answer):
    """The report of a window."""

    model_id: str
    version: str
    window_start: str = Field(description="ISO 8601.")
    window_end: str = Field(description="ISO 8601; the window ends before it.")
    rows: int = Field(description="Rows of the window.")
    baseline: BaselineKind | None = Field(description="The kind of the baseline.")
    share: str = Field(description="The part of the inputs' columns that drift, from 0 to 1.")
    columns: int = Field(description="Columns that drift.")
    drifting: list[DriftingColumn] = Field(description="At most 20 of them, the surest first.")


class DriftFound(IdentityBody):
    """The predictions of a version have begun to drift from its baseline, by a report on its last hour.

    It is told once, and again only after `DriftEnded`.
    """

    type: Literal["DriftFound"]
    before: None
    after: DriftSummary


class DriftEnded(IdentityBody):
    """The predictions of a version no longer drift: a whole window after the last one that drifted is stable."""

    type: Literal["DriftEnded"]
    before: None
    after: DriftSummary
