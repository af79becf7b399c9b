"""Values that a baseline does not have: missing ones, ones out of its range, new categories."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from maas.domain.monitoring.distributions import single
from maas.domain.monitoring.measures import at_least, at_most
from maas.domain.monitoring.summaries import ColumnSummary

# The part of a column's values that may be wrong in each way. The rate must be above it with 99.95 % confidence.
TOLERATED = 0.01


class Kind(StrEnum):
    """MISSING: more values are missing. RANGE: values are out of the range. CATEGORY: values are new."""

    MISSING = "missing"
    RANGE = "range"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Violation:
    """`rate` is the part of the window's values, and `expected` the part that the baseline lets expect at most."""

    kind: Kind
    rate: float
    expected: float


def violations(baseline: ColumnSummary, current: ColumnSummary) -> tuple[Violation, ...]:
    """The ways in which a column's values are not those of its baseline."""
    return (*_missing(baseline, current), *_range(baseline, current), *_categories(baseline, current))


def _missing(baseline: ColumnSummary, current: ColumnSummary) -> Iterator[Violation]:
    total, known = current.count + current.missing, baseline.count + baseline.missing
    expected = at_most(baseline.missing, known) if baseline.missing else 0.0
    if known and at_least(current.missing, total) > expected + TOLERATED:
        yield Violation(Kind.MISSING, current.missing_rate, expected + TOLERATED)


def _range(baseline: ColumnSummary, current: ColumnSummary) -> Iterator[Violation]:
    numbers = current.distribution
    if numbers is None or baseline.distribution is None:
        return
    # The next value of the same source is beyond all of n earlier ones with a probability of 2 / (n + 1).
    expected = max(TOLERATED, 4 / (baseline.count + 1)) + numbers.error
    low, high = single((baseline.moments.low, baseline.moments.high))
    outside = numbers.below(low) + 1 - numbers.rank(high)
    if at_least(outside * current.count, current.count) > expected:
        yield Violation(Kind.RANGE, outside, expected)


def _categories(baseline: ColumnSummary, current: ColumnSummary) -> Iterator[Violation]:
    known = baseline.values
    if baseline.distribution is not None or not known.counts or known.error or not current.count:
        return
    # The next value is new with about the part of values that were seen once (Good 1953).
    expected = TOLERATED + sum(count == 1 for count in known.counts.values()) / baseline.count
    new = current.count - sum(count for value, count in current.values.counts.items() if value in known.counts)
    if at_least(new, current.count) > expected:
        yield Violation(Kind.CATEGORY, new / current.count, expected)
