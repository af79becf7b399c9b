"""Distributions of numbers, as values that stand for equal parts of all numbers."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

# A distribution has this many points; the rank that one tells is off by at most half of 1 / POINTS.
POINTS = 201
# Of a 32-bit float.
LARGEST = 3.4028234663852886e38
RANKS = tuple((number + 0.5) / POINTS for number in range(POINTS))


def single(numbers: Iterable[float]) -> tuple[float, ...]:
    """The numbers as a sketch has them: rounded to the nearest 32-bit float."""
    return tuple(array("f", (min(max(number, -LARGEST), LARGEST) for number in numbers)))


@dataclass(frozen=True, slots=True)
class Distribution:
    """Ascending `points`, each for an equal part of `count` numbers. Ranks are off by at most `error`."""

    points: tuple[float, ...]
    count: int
    error: float = 0.0

    def rank(self, value: float) -> float:
        """The part of the numbers that are at most `value`."""
        return bisect_right(self.points, value) / len(self.points)

    def below(self, value: float) -> float:
        """The part of the numbers that are lower than `value`."""
        return bisect_left(self.points, value) / len(self.points)

    def quantile(self, rank: float) -> float:
        """The number below which this part of them is."""
        return self.points[min(int(rank * len(self.points)), len(self.points) - 1)]

    def shares(self, edges: Sequence[float]) -> list[float]:
        """The parts of the numbers up to each edge, and beyond the last one."""
        ranks = [0.0, *(self.rank(edge) for edge in edges), 1.0]
        return [after - before for before, after in pairwise(ranks)]
