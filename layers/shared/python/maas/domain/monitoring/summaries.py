"""What is known of a version's columns, read from sketches or given as a baseline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from maas.domain.monitoring.distributions import Distribution
from maas.domain.monitoring.sketches import ColumnSketch, Moments, TopValues, VersionSketch

Read = Callable[[bytes, int], Distribution]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSummary:
    """One column. `count` values are there, `missing` are not. `distribution` is None without numbers."""

    count: int
    missing: int
    moments: Moments = field(default_factory=Moments)
    distribution: Distribution | None = None
    values: TopValues = field(default_factory=TopValues)

    @property
    def missing_rate(self) -> float:
        return self.missing / (self.count + self.missing) if self.count + self.missing else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSummary:
    """The columns of inputs and outputs, by name, over `rows` rows of `calls` predictions."""

    calls: int
    rows: int
    inputs: Mapping[str, ColumnSummary]
    outputs: Mapping[str, ColumnSummary]


def summary_of(sketch: VersionSketch, read: Read) -> VersionSummary:
    """The summary of a sketch. `read` returns the distribution of a serialized KLL sketch of so many numbers."""
    return VersionSummary(
        calls=sketch.calls,
        rows=sketch.rows,
        inputs={name: _column(each, read) for name, each in sketch.inputs.items()},
        outputs={name: _column(each, read) for name, each in sketch.outputs.items()},
    )


def _column(sketch: ColumnSketch, read: Read) -> ColumnSummary:
    return ColumnSummary(
        count=sketch.count,
        missing=sketch.missing,
        moments=sketch.moments,
        distribution=read(sketch.quantiles, sketch.count) if sketch.quantiles else None,
        values=sketch.values,
    )
