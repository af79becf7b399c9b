"""Counts that feedback adds to: whole numbers alone, so that sums are exact in any order and can be taken back.

Names are `n` (rows with a label), `ok` (right ones), and for each class `t:` (true), `p:` (predicted) and `h:` (both).
Confidences of labels have ten bins: `bn:` rows, `bk:` right ones, `bs:` sum. Scores of a class, by its index, have bins
too: `sp:<index>:<bin>` where it is true and `sn:` where it is not; `i:<index>:<label>` tells its name. Of two classes
the second one is counted, of more each. Regressions have `rn` rows and sums of errors:
`e`, of their sizes `a`, and of their squares `q`, in units of 1e-12.
"""

from maas.domain.feedback.given import SCORE_MAX, Truth
from maas.domain.feedback.kept import Kept, KeptRow
from maas.domain.feedback.scores import CALIBRATION_BINS, Scored, bin_of, score_bins
from maas.domain.feedback.totals import CONFIDENCE_UNIT, ERROR_UNIT, Counts


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
    return found | _of_scores(kept, row, truth.label)


def _of_scores(kept: Kept, row: KeptRow, truth: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, place in enumerate(row.scores):
        label = kept.named(index)
        found[f"i:{index}:{label}"] = 1
        if index or len(row.scores) > 2:
            found[f"{'sp' if truth == label else 'sn'}:{index}:{place}"] = 1
    return found


def scored(counts: Counts) -> dict[str, Scored]:
    """The counted scores of each class by its label; empty without scores."""
    names = dict(name.split(":", 2)[1:] for name in counts if name.startswith("i:"))
    found = {}
    for index, label in sorted(names.items()):
        true, false = (
            [counts.get(f"{side}:{index}:{place}", 0) for place in range(score_bins(len(names)))]
            for side in ("sp", "sn")
        )
        found[label] = Scored(true, false)
    if len(names) == 2:
        found[names["0"]] = found[names["1"]].mirrored
    return found


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
