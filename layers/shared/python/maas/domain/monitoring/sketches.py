"""What the values of a version's columns come to, in memory that does not grow with their number."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

# Different values of a column that are counted, and the characters of one that are kept.
VALUES_MAX, VALUE_MAX = 64, 64

Joined = Callable[[Sequence[bytes]], bytes]


@dataclass(frozen=True, slots=True)
class Moments:
    """Number, mean and sum of squared differences from the mean; least and greatest value (NaN if there is none)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    low: float = math.nan
    high: float = math.nan

    @property
    def variance(self) -> float:
        """The variance of the values themselves (divided by their number)."""
        return self.squares / self.count if self.count else 0.0

    def joined(self, other: "Moments") -> "Moments":
        """The moments of both (Chan, Golub and LeVeque 1979)."""
        if not self.count or not other.count:
            return self if self.count else other
        count, apart = self.count + other.count, other.mean - self.mean
        return Moments(
            count,
            self.mean + apart * other.count / count,
            self.squares + other.squares + apart * apart * self.count * other.count / count,
            min(self.low, other.low),
            max(self.high, other.high),
        )


@dataclass(frozen=True, slots=True)
class TopValues:
    """Counts of the most frequent values. Each is too low by at most `error` (Misra and Gries 1982).

    `error` is 0 while no value was dropped: then `counts` has every value that there was.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    error: int = 0

    def joined(self, other: "TopValues") -> "TopValues":
        """The counts of both, of at most VALUES_MAX values (Agarwal and others 2013, mergeable summaries)."""
        counts = dict(self.counts)
        for value, count in other.counts.items():
            counts[value] = counts.get(value, 0) + count
        return TopValues.of(counts, self.error + other.error)

    @classmethod
    def of(cls, counts: Mapping[str, int], error: int = 0) -> "TopValues":
        """The most frequent of these values, each of which is counted too low by at most `error`."""
        if len(counts) <= VALUES_MAX:
            return cls(dict(counts), error)
        lowered = sorted(counts.values(), reverse=True)[VALUES_MAX]
        return cls({value: count - lowered for value, count in counts.items() if count > lowered}, error + lowered)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSketch:
    """One column. `count` are the values that are there, `missing` those that are NaN, infinite or null.

    `moments` and `quantiles` (a serialized KLL sketch, empty without numbers) are of numbers; `values` counts whole
    numbers, booleans ("true", "false") and texts.
    """

    count: int = 0
    missing: int = 0
    moments: Moments = Moments()
    quantiles: bytes = b""
    values: TopValues = TopValues()


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSketch:
    """The columns of a version's inputs and outputs, by name, over `rows` rows of `calls` predictions."""

    calls: int = 0
    rows: int = 0
    inputs: Mapping[str, ColumnSketch] = field(default_factory=dict)
    outputs: Mapping[str, ColumnSketch] = field(default_factory=dict)


def joined(sketches: Sequence[VersionSketch], quantiles: Joined) -> VersionSketch:
    """One sketch of all. `quantiles` joins serialized KLL sketches."""
    return VersionSketch(
        calls=sum(each.calls for each in sketches),
        rows=sum(each.rows for each in sketches),
        inputs=_by_name([each.inputs for each in sketches], quantiles),
        outputs=_by_name([each.outputs for each in sketches], quantiles),
    )


def _by_name(sides: Sequence[Mapping[str, ColumnSketch]], quantiles: Joined) -> dict[str, ColumnSketch]:
    parts: dict[str, list[ColumnSketch]] = {}
    for side in sides:
        for name, column in side.items():
            parts.setdefault(name, []).append(column)
    return {name: each[0] if len(each) == 1 else _column(each, quantiles) for name, each in parts.items()}


def _column(parts: Sequence[ColumnSketch], quantiles: Joined) -> ColumnSketch:
    moments, values = Moments(), TopValues()
    for part in parts:
        moments, values = moments.joined(part.moments), values.joined(part.values)
    given = [part.quantiles for part in parts if part.quantiles]
    return ColumnSketch(
        count=sum(part.count for part in parts),
        missing=sum(part.missing for part in parts),
        moments=moments,
        quantiles=quantiles(given) if given else b"",
        values=values,
    )
