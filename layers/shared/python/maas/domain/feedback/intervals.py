"""Confidence intervals of proportions and means, for figures that are looked at once.

E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927), 209-212.
R. G. Newcombe, Interval estimation for the difference between independent proportions: comparison of eleven methods,
Statistics in Medicine 17 (1998), 873-890: method 10, which joins two of Wilson's intervals.
"""

import math
from dataclasses import dataclass

# The quantile of the standard normal distribution for 95 % of both sides together.
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the ends of its interval."""

    estimate: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def wilson(hits: int, total: int, z: float = Z95) -> Interval:
    """The interval of a proportion; `total` is 1 or more."""
    part, square = hits / total, z * z / total
    centre, half = part + square / 2, z * math.sqrt(part * (1 - part) / total + square / (4 * total))
    low, high = (centre - half) / (1 + square), (centre + half) / (1 + square)
    return Interval(part, 0.0 if hits == 0 else low, 1.0 if hits == total else high)


def newcombe(old: tuple[int, int], new: tuple[int, int], z: float = Z95) -> Interval:
    """The interval of the new proportion minus the old one, each given as hits and total."""
    a, b = wilson(*new, z), wilson(*old, z)
    difference = a.estimate - b.estimate
    below = math.hypot(a.estimate - a.low, b.high - b.estimate)
    above = math.hypot(a.high - a.estimate, b.estimate - b.low)
    return Interval(difference, difference - below, difference + above)


def means(old: tuple[float, float, int], new: tuple[float, float, int], z: float = Z95) -> Interval:
    """The interval of the new mean minus the old one, each given as mean, variance and total (of large samples)."""
    difference = new[0] - old[0]
    half = z * math.sqrt(old[1] / old[2] + new[1] / new[2])
    return Interval(difference, difference - half, difference + half)
