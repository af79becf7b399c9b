"""Counts that feedback adds to: whole numbers alone, so that sums are exact in any order and can be taken back.

Names are `n` (rows with a label), `ok` (right ones), and for each class `t:` (true), `p:` (predicted) and `h:` (both).
Confidences of labels have ten bins: `bn:` rows, `bk:` right ones, `bs:` sum. Scores of the second one of two classes
have SCORE_BINS bins, `sp:` where it is true and `sn:` where it is not. Regressions have `rn` rows and sums of errors:
`e`, of their sizes `a`, and of their squares `q`, in units of 1e-12.
"""

from collections.abc import Mapping

from maas.domain.feedback.given import SCORE_MAX, Truth
from maas.domain.feedback.kept import Kept, KeptRow

CALIBRATION_BINS, SCORE_BINS = 10, 200
# A confidence is counted in millionths, an error in units of 1e-12.
CONFIDENCE_UNIT, ERROR_UNIT = 1_000_000, 10**12
Counts = Mapping[str, int]


def contribution(kept: Kept, row: KeptRow, truth: Truth) -> Counts:
    """What one row with its truth adds."""
    if row.number is not None and truth.number is not None:
        return _of_error(_bounded(row.number) - truth.number)
    assert row.label is not None
    assert truth.label is not None
    is_right = row.label == truth.label
    found = {"n": 1, f"t:{truth.label}": 1, f"p:{row.label}": 1}
    if is_right:
        found |= {"ok": 1, f"h:{row.label}": 1}
    if row.confidence is not None:
        place = bin_of(row.confidence, CALIBRATION_BINS)
        found |= {f"bn:{place}": 1, f"bs:{place}": round(row.confidence * CONFIDENCE_UNIT)}
        if is_right:
            found[f"bk:{place}"] = 1
    if row.positive is not None:
        side = "sp" if truth.label == kept.positive_label else "sn"
        found[f"{side}:{bin_of(row.positive, SCORE_BINS)}"] = 1
    return found


def bin_of(part: float, bins: int) -> int:
    """The bin of a number from 0 to 1; the last bin has its upper end."""
    return min(int(part * bins), bins - 1)


def added(into: dict[str, int], counts: Counts, sign: int = 1) -> None:
    """Adds counts, or takes them away with a `sign` of -1. What becomes 0 is left out."""
    for name, value in counts.items():
        total = into.get(name, 0) + sign * value
        if total:
            into[name] = total
        else:
            into.pop(name, None)


def _of_error(error: float) -> Counts:
    found = {"rn": 1, "e": round(error * ERROR_UNIT), "a": round(abs(error) * ERROR_UNIT)}
    return {name: value for name, value in {**found, "q": round(error * error * ERROR_UNIT)}.items() if value}


def _bounded(number: float) -> float:
    return max(-SCORE_MAX, min(SCORE_MAX, number))
