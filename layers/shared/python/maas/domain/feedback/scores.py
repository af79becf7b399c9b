"""Scores of classes, counted in bins. Areas under ROC curves and calibration follow from the counts.

Each class is looked at against all others. The memory is bounded by bins and classes, whatever the number of rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# Classes of a model whose scores are counted. Each has two counts for a bin: where it is true, and where it is not.
SCORED_MAX = 10
CALIBRATION_BINS = 10


def score_bins(classes: int) -> int:
    """The bins of a score. Of two classes one is counted, because the other's score follows from it."""
    return 200 if classes == 2 else 100


def bin_of(part: float, bins: int) -> int:
    """The bin of a number from 0 to 1; the last bin has its upper end."""
    return min(int(part * bins), bins - 1)


@dataclass(frozen=True, slots=True)
class Bin:
    """The rows whose score is in one tenth: their mean score, and the part of them for which it was right."""

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Scored:
    """How often a class was true, and how often it was not, by the bin of its score."""

    true: Sequence[int]
    false: Sequence[int]

    @property
    def rows(self) -> int:
        return sum(self.true) + sum(self.false)

    @property
    def mirrored(self) -> "Scored":
        """The other one of two classes."""
        return Scored(self.false[::-1], self.true[::-1])

    def auc(self) -> tuple[float, float] | None:
        """The area under the ROC curve, with half of the pairs within a bin as right, and the most that it is off by.

        None if the class was never true, or always.
        """
        below = right = tied = 0
        for true, false in zip(self.true, self.false, strict=True):
            right += true * below
            tied += true * false
            below += false
        pairs = sum(self.true) * below
        return ((right + tied / 2) / pairs, tied / 2 / pairs) if pairs else None

    def calibration(self) -> list[Bin]:
        """The score beside the truth in tenths. A score counts as the middle of its bin."""
        bins = len(self.true)
        width = bins // CALIBRATION_BINS
        found = []
        for place in range(CALIBRATION_BINS):
            part = slice(place * width, (place + 1) * width)
            hits, rows = sum(self.true[part]), sum(self.true[part]) + sum(self.false[part])
            if rows:
                middles = sum(
                    (each + 0.5) / bins * (self.true[each] + self.false[each]) for each in range(*part.indices(bins))
                )
                low, high = place / CALIBRATION_BINS, (place + 1) / CALIBRATION_BINS
                found.append(Bin(low, high, rows, middles / rows, hits / rows))
        return found


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """The expected calibration error: the mean distance of score and truth, weighted by rows; None without rows."""
    rows = sum(each.rows for each in bins)
    return sum(each.rows * abs(each.accuracy - each.confidence) for each in bins) / rows if rows else None


def macro_auc(classes: Sequence[Scored]) -> tuple[float, float] | None:
    """The mean of all classes' areas, and the most that it is off by; None while one of them has none."""
    found = [each.auc() for each in classes]
    known = [each for each in found if each]
    if not known or len(known) < len(found):
        return None
    area, error = (sum(values) / len(known) for values in zip(*known, strict=True))
    return area, error
