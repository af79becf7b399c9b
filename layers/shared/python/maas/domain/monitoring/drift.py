"""Whether a version's predictions have drifted from its baseline, column by column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from maas.domain.monitoring import measures
from maas.domain.monitoring.bounds import distribution_bound, missing_bound, range_bound
from maas.domain.monitoring.distributions import Distribution
from maas.domain.monitoring.sketches import TopValues
from maas.domain.monitoring.summaries import ColumnSummary, VersionSummary
from maas.domain.monitoring.violations import Kind, Violation, violations

# A column with fewer values in the window or the baseline is not tested.
ROWS_MIN = 30
# Of the columns that are said to drift, at most this part is expected not to.
FALSE_DISCOVERIES = 0.01
# A significant difference is drift from this population stability index on. In many rows any one is significant.
INDEX_MIN = 0.1
# A column of whole numbers with at most so many different ones in the baseline is compared as categories.
CATEGORIES_MAX = 20
_BINS = 10


class Side(StrEnum):
    INPUT = "input"
    OUTPUT = "output"


class Comparison(StrEnum):
    """The test that compared a column. Columns with too few values have none."""

    KOLMOGOROV_SMIRNOV = "ks"
    CHI_SQUARE = "chi_square"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrift:
    """One column. `adjusted` is the p-value adjusted for the number of columns.

    `index` is the population stability index, `divergence` the Jensen-Shannon divergence in bits.

    `missing_rate` and `baseline_missing_rate` are parts of all values. `bound` is an upper bound of a p-value of all
    that is wrong with the column, which a guard may spend: it holds for few rows and at every level. It is 1 where the
    difference is small.
    """

    name: str
    side: Side
    test: Comparison = Comparison.NONE
    statistic: float = 0.0
    p_value: float = 1.0
    adjusted: float = 1.0
    index: float = 0.0
    divergence: float = 0.0
    missing_rate: float = 0.0
    baseline_missing_rate: float = 0.0
    violations: tuple[Violation, ...] = ()
    bound: float = 1.0

    @property
    def shifted(self) -> bool:
        """The distribution is another one, and the difference is not small."""
        return self.adjusted <= FALSE_DISCOVERIES and self.index >= INDEX_MIN

    @property
    def drifts(self) -> bool:
        return self.shifted or bool(self.violations)


@dataclass(frozen=True, slots=True)
class Drift:
    """All columns that are in the baseline and in the window, of `rows` rows against `baseline_rows`."""

    rows: int
    baseline_rows: int
    columns: tuple[ColumnDrift, ...]

    @property
    def share(self) -> float:
        """The part of the inputs' columns that drift."""
        inputs = [each for each in self.columns if each.side is Side.INPUT]
        return sum(each.drifts for each in inputs) / len(inputs) if inputs else 0.0

    @property
    def drifts(self) -> bool:
        return any(each.drifts for each in self.columns)


def drift(baseline: VersionSummary, current: VersionSummary) -> Drift:
    """Compares each column of a window with that of the baseline."""
    found = [
        *_columns(Side.INPUT, baseline.inputs, current.inputs),
        *_columns(Side.OUTPUT, baseline.outputs, current.outputs),
    ]
    tested = [place for place, each in enumerate(found) if each.test is not Comparison.NONE]
    for place, adjusted in zip(tested, measures.adjusted([found[each].p_value for each in tested]), strict=True):
        found[place] = replace(found[place], adjusted=adjusted)
    return Drift(current.rows, baseline.rows, tuple(found))


def _columns(
    side: Side, baseline: Mapping[str, ColumnSummary], current: Mapping[str, ColumnSummary]
) -> Sequence[ColumnDrift]:
    return [_column(name, side, each, current[name]) for name, each in baseline.items() if name in current]


def _column(name: str, side: Side, baseline: ColumnSummary, current: ColumnSummary) -> ColumnDrift:
    found = ColumnDrift(
        name=name,
        side=side,
        missing_rate=current.missing_rate,
        baseline_missing_rate=baseline.missing_rate,
        violations=violations(baseline, current),
    )
    if min(baseline.count, current.count) < ROWS_MIN:
        pass  # nothing is tested, and violations count
    elif _is_categorical(baseline):
        found = _categories(found, baseline, current)
    elif baseline.distribution and current.distribution:
        found = _numbers(found, baseline.distribution, current.distribution)
    return replace(found, bound=_bound(found, baseline, current))


def _bound(found: ColumnDrift, baseline: ColumnSummary, current: ColumnSummary) -> float:
    """The least bound of the three ways in which a column drifts, times their number."""
    wrong, bounds = {each.kind for each in found.violations}, [1.0]
    if found.index >= INDEX_MIN or Kind.CATEGORY in wrong:
        bounds.append(distribution_bound(baseline, current, is_categorical=_is_categorical(baseline)))
    if Kind.MISSING in wrong:
        bounds.append(missing_bound(baseline, current))
    if Kind.RANGE in wrong:
        bounds.append(range_bound(baseline, current))
    return min(1.0, 3 * min(bounds))


def _is_categorical(baseline: ColumnSummary) -> bool:
    if baseline.distribution is None:
        return True
    return bool(baseline.values.counts) and not baseline.values.error and len(baseline.values.counts) <= CATEGORIES_MAX


def _numbers(found: ColumnDrift, baseline: Distribution, current: Distribution) -> ColumnDrift:
    edges = sorted({baseline.quantile(place / _BINS) for place in range(1, _BINS)})
    expected, actual = baseline.shares(edges), current.shares(edges)
    statistic, p_value = measures.kolmogorov_smirnov(baseline, current)
    return _measured(found, Comparison.KOLMOGOROV_SMIRNOV, statistic, p_value, expected, actual)


def _categories(found: ColumnDrift, baseline: ColumnSummary, current: ColumnSummary) -> ColumnDrift:
    one, other = _compared(baseline, current)
    statistic, p_value = measures.chi_square(one, other)
    expected, actual = [each / baseline.count for each in one], [each / current.count for each in other]
    return _measured(found, Comparison.CHI_SQUARE, statistic, p_value, expected, actual)


def _compared(baseline: ColumnSummary, current: ColumnSummary) -> tuple[list[int], list[int]]:
    """The counts of each value of the baseline, and of all others together.

    Counts may be too low, by another error on each side: of what they may be, those are taken whose shares are nearest.
    """
    pairs = [
        _nearest(_shares(baseline.values, name, baseline.count), _shares(current.values, name, current.count))
        for name in sorted(baseline.values.counts)
    ]
    one, other = [round(each * baseline.count) for each, _ in pairs], [round(each * current.count) for _, each in pairs]
    return [*one, max(baseline.count - sum(one), 0)], [*other, max(current.count - sum(other), 0)]


def _shares(values: TopValues, name: str, count: int) -> tuple[float, float]:
    """The least and the greatest share that a value may have."""
    least = values.counts.get(name, 0)
    return least / count, (least + values.error) / count


def _nearest(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """The share of each side that is nearest to the other's."""
    if one[1] < other[0]:
        return one[1], other[0]
    if other[1] < one[0]:
        return one[0], other[1]
    return (max(one[0], other[0]),) * 2


def _measured(
    found: ColumnDrift,
    test: Comparison,
    statistic: float,
    p_value: float,
    expected: Sequence[float],
    actual: Sequence[float],
) -> ColumnDrift:
    return replace(
        found,
        test=test,
        statistic=statistic,
        p_value=p_value,
        index=measures.stability_index(expected, actual),
        divergence=measures.jensen_shannon(expected, actual),
    )
