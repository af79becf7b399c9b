"""Upper bounds of p-values that hold for every number of rows and at every level, however small.

A guard that looks again and again spends levels far below those at which an asymptotic test is known to be right. All
bounds are those of permutations: if baseline and window are rows of one source, each way to divide the pooled rows
into the two is as likely as another.

- Numbers: the parts of baseline and window below each of 19 pooled quantiles. A part of a sample without replacement
  is bounded by R. J. Serfling (1974), "Probability inequalities for the sum in sampling without replacement", Annals of
  Statistics 2(1). Ranks are moved by twice the errors of both sketches: these hold with 99 % at once, and their doubles
  with 99.999999 %, because a sketch's errors are as rare as those of a normal variable (Karnin, Lang, Liberty 2016).
- Counts of a value, and of missing ones: the tail of the hypergeometric distribution, as in Fisher's exact test.
- Values beyond all of the baseline's: the exact distribution of exceedances (S. S. Wilks 1942, "Statistical prediction
  with special reference to the problem of tolerance limits", Annals of Mathematical Statistics 13(4)).

Each is multiplied by the number of comparisons, whatever their dependence (Bonferroni).
"""

import math
from collections.abc import Iterator
from heapq import merge

from maas.domain.monitoring.distributions import Distribution, single
from maas.domain.monitoring.summaries import ColumnSummary

# Pooled quantiles at which numbers are compared: each twentieth.
_PARTS = 20


def distribution_bound(baseline: ColumnSummary, current: ColumnSummary, *, is_categorical: bool) -> float:
    """The bound for another distribution: of counts by value, or of numbers."""
    if is_categorical:
        return _values_bound(baseline, current)
    if baseline.distribution and current.distribution:
        return _numbers_bound(baseline.distribution, current.distribution)
    return 1.0


def missing_bound(baseline: ColumnSummary, current: ColumnSummary) -> float:
    """The bound for more missing values than in the baseline."""
    known, total = baseline.count + baseline.missing, current.count + current.missing
    return more_than(baseline.missing, known, current.missing, total)


def range_bound(baseline: ColumnSummary, current: ColumnSummary) -> float:
    """The bound for values beyond the baseline's least and greatest one."""
    numbers = current.distribution
    if numbers is None or baseline.distribution is None:
        return 1.0
    low, high = single((baseline.moments.low, baseline.moments.high))
    outside = numbers.below(low) + 1 - numbers.rank(high) - 4 * numbers.error
    return beyond(math.floor(outside * current.count), current.count, baseline.count)


def more_than(part: int, whole: int, other_part: int, other_whole: int) -> float:
    """A bound of the chance that the other sample has so many of the hits of both, or more.

    Terms of a hypergeometric tail fall faster than a geometric row, so that row's sum is the bound.
    """
    hits, misses = part + other_part, whole - part + other_whole - other_part
    if not other_part or not whole:
        return 1.0
    log_first = (
        _log_choose(hits, other_part)
        + _log_choose(misses, other_whole - other_part)
        - _log_choose(hits + misses, other_whole)
    )
    ratio = (
        (hits - other_part) * (other_whole - other_part) / ((other_part + 1) * (misses - other_whole + other_part + 1))
    )
    return min(1.0, math.exp(log_first) / (1 - ratio)) if ratio < 1 else 1.0


def beyond(outside: int, count: int, known: int) -> float:
    """The chance that at least `outside` of `count` values are beyond the extremes of `known` ones of their source."""
    if outside <= 0 or known < 2:
        return 1.0
    inside = known - 1 + count - outside
    ways = _log_choose(known + count, known)
    one = math.log(outside + 1) + _log_choose(inside, known - 1) - ways
    other = _log_choose(inside, known) - ways if inside >= known else -math.inf
    return min(1.0, math.exp(one) + math.exp(other))


def _values_bound(baseline: ColumnSummary, current: ColumnSummary) -> float:
    """The least bound of all values that either side has. A list that is cut off tells too little."""
    one, other = baseline.values, current.values
    if one.error or other.error or not one.counts or not other.counts:
        return 1.0
    names = {*one.counts, *other.counts}
    tails = (
        min(
            more_than(one.counts.get(name, 0), baseline.count, other.counts.get(name, 0), current.count),
            more_than(other.counts.get(name, 0), current.count, one.counts.get(name, 0), baseline.count),
        )
        for name in names
    )
    return min(1.0, 2 * len(names) * min(tails))


def _numbers_bound(one: Distribution, other: Distribution) -> float:
    apart = max(abs(one.rank(value) - other.rank(value)) for value in _quantiles(one, other))
    apart = max(0.0, apart - 2 * (one.error + other.error))
    largest = max(one.count, other.count)
    size = one.count * other.count / (one.count + other.count) * largest / (largest + 1)
    return min(1.0, 2 * (_PARTS - 1) * math.exp(-2 * size * apart * apart))


def _quantiles(one: Distribution, other: Distribution) -> Iterator[float]:
    """The pooled quantiles."""
    total, seen, part = one.count + other.count, 0.0, 1
    for value, weight in merge(_weighted(one), _weighted(other)):
        seen += weight
        while part < _PARTS and seen >= total * part / _PARTS:
            yield value
            part += 1


def _weighted(numbers: Distribution) -> list[tuple[float, float]]:
    """The points of a distribution, each with the part of its numbers that it stands for."""
    weight = numbers.count / len(numbers.points)
    return [(point, weight) for point in numbers.points]


def _log_choose(number: int, chosen: int) -> float:
    return math.lgamma(number + 1) - math.lgamma(chosen + 1) - math.lgamma(number - chosen + 1)
