"""Measures of how two samples differ, in the standard library alone.

Kolmogorov-Smirnov and chi-square are tests; PSI (population stability index) and Jensen-Shannon tell how large a
difference is.
"""

import math
from collections.abc import Sequence

from maas.domain.monitoring.bounds import more_than
from maas.domain.monitoring.distributions import Distribution

# Shares below it count as this much, so that PSI is finite.
_LEAST = 1e-4
# A cell of a chi-square test expects at least so many (Cochran 1954).
_EXPECTED_MIN = 5.0
# The counts of both rows, and the share that is expected of each.
_Cell = tuple[int, int, float]


def kolmogorov_smirnov(one: Distribution, other: Distribution) -> tuple[float, float]:
    """The largest difference of ranks less the errors of both sketches, and the p-value of the two-sample test.

    The p-value is the asymptotic one with Stephens' correction (Press and others, Numerical Recipes, 14.3.3). It is too
    high, and never too low, if values are equal.
    """
    apart = max(abs(one.rank(value) - other.rank(value)) for value in (*one.points, *other.points))
    apart = max(apart - one.error - other.error, 0.0)
    size = math.sqrt(one.count * other.count / (one.count + other.count))
    return apart, _kolmogorov((size + 0.12 + 0.11 / size) * apart)


def _kolmogorov(scaled: float) -> float:
    """The probability that Kolmogorov's distribution exceeds `scaled`."""
    if scaled < 0.2:  # the series converges too slowly there, and is 1 to twelve digits
        return 1.0
    terms = ((1.0 if k % 2 else -1.0) * math.exp(-2 * k * k * scaled * scaled) for k in range(1, 101))
    return min(max(2 * sum(terms), 0.0), 1.0)


def chi_square(one: Sequence[int], other: Sequence[int]) -> tuple[float, float]:
    """The statistic and p-value of the test that two rows of counts have the same shares.

    Cells that expect too few are one cell, in which they may vanish beside a row that is many times as large. So each
    of them has an exact test too, and the p-value is twice the least one of both ways.
    """
    totals = (sum(one), sum(other))
    if not all(totals):
        return 0.0, 1.0
    share = [(a + b) / sum(totals) for a, b in zip(one, other, strict=True)]
    cells, rare = list[_Cell](), list[_Cell]()
    for cell in zip(one, other, share, strict=True):
        (cells if cell[2] * min(totals) >= _EXPECTED_MIN else rare).append(cell)
    joined = _one(rare)
    if joined[2] * min(totals) >= _EXPECTED_MIN or (joined[2] and not cells):
        cells.append(joined)
    elif joined[2] and cells:
        first = min(range(len(cells)), key=lambda place: cells[place][2])
        cells[first] = _one([cells[first], joined])
    statistic = sum(
        (count - expected * total) ** 2 / (expected * total)
        for a, b, expected in cells
        for count, total in ((a, totals[0]), (b, totals[1]))
    )
    p_value = _chi_square_above(statistic, len(cells) - 1)
    return statistic, min(1.0, 2 * min(p_value, _rare(rare, totals))) if rare else p_value


def _one(cells: Sequence[_Cell]) -> _Cell:
    """All these cells as one."""
    return sum(each[0] for each in cells), sum(each[1] for each in cells), sum(each[2] for each in cells)


def _rare(cells: Sequence[_Cell], totals: tuple[int, int]) -> float:
    """The least p-value of Fisher's exact tests of these cells, times their number."""
    tails = (min(more_than(a, totals[0], b, totals[1]), more_than(b, totals[1], a, totals[0])) for a, b, _ in cells)
    return min(1.0, 2 * len(cells) * min(tails))


def _chi_square_above(statistic: float, freedom: int) -> float:
    """The probability that the chi-square distribution exceeds `statistic`."""
    if freedom < 1 or statistic <= 0:
        return 1.0
    return _upper_gamma(freedom / 2, statistic / 2)


def _upper_gamma(a: float, x: float) -> float:
    """The regularized upper incomplete gamma function (Press and others, Numerical Recipes, 6.2)."""
    scale = math.exp(a * math.log(x) - x - math.lgamma(a)) if x else 0.0
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-15:
            n += 1
            term *= x / n
            total += term
        return min(max(1 - scale * total, 0.0), 1.0)
    b, c = x + 1 - a, 1e300
    d = h = 1 / b
    for n in range(1, 1000):
        factor = -n * (n - a)
        b += 2
        d, c = 1 / (factor * d + b), b + factor / c
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return min(max(scale * h, 0.0), 1.0)


def stability_index(expected: Sequence[float], actual: Sequence[float]) -> float:
    """The population stability index of two rows of shares. About 0.1 is a moderate and 0.25 a large change."""
    pairs = [(max(a, _LEAST), max(b, _LEAST)) for a, b in zip(expected, actual, strict=True)]
    return sum((b - a) * math.log(b / a) for a, b in pairs)


def jensen_shannon(one: Sequence[float], other: Sequence[float]) -> float:
    """The Jensen-Shannon divergence of two rows of shares in bits: 0 for equal, 1 for disjoint ones."""
    total = 0.0
    for a, b in zip(one, other, strict=True):
        middle = (a + b) / 2
        total += sum(share * math.log2(share / middle) / 2 for share in (a, b) if share > 0)
    return min(max(total, 0.0), 1.0)


def adjusted(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for their number: those up to a level have at most that false discovery rate.

    Benjamini and Hochberg 1995; the order is that of the input.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__, reverse=True)
    found, least = [1.0] * len(p_values), 1.0
    for place, index in enumerate(order):
        least = min(least, p_values[index] * len(p_values) / (len(p_values) - place))
        found[index] = least
    return found


def at_least(part: float, whole: int) -> float:
    """The lower bound of a rate that was seen as `part` of `whole`, with 99.95 % confidence (Wilson 1927)."""
    return _wilson(part, whole, -1)


def at_most(part: float, whole: int) -> float:
    """The upper bound of a rate that was seen as `part` of `whole`, with 99.95 % confidence."""
    return _wilson(part, whole, 1)


_Z = 3.2905


def _wilson(part: float, whole: int, side: int) -> float:
    if not whole:
        return 0.0 if side < 0 else 1.0
    rate, spread = part / whole, _Z * _Z / whole
    half = _Z * math.sqrt(rate * (1 - rate) / whole + spread / (4 * whole))
    return min(max((rate + spread / 2 + side * half) / (1 + spread), 0.0), 1.0)
