"""Figures that follow from counts: of classifiers as scikit-learn defines them, and of regressions."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from maas.domain.feedback.counts import CALIBRATION_BINS, CONFIDENCE_UNIT, ERROR_UNIT, SCORE_BINS, Counts
from maas.domain.feedback.intervals import Interval, means, newcombe, wilson


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Precision, recall and F1 of one class; each is 0 where it would be divided by 0. `support` counts its truths."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Bin:
    """The rows whose confidence is in one tenth: their mean confidence, and the part that is right."""

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Classification:
    """Figures of labels. `auc` may be off by `auc_error`, because scores are counted in bins; None without scores."""

    rows: int
    accuracy: Interval
    f1_macro: float
    classes: tuple[ClassFigures, ...]
    auc: float | None
    auc_error: float | None
    ece: float | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Regression:
    """Figures of numbers. `bias` is the mean of prediction minus truth."""

    rows: int
    rmse: float
    mae: float
    bias: float


def classification(counts: Counts) -> Classification | None:
    """The figures of rows with labels; None without any."""
    rows = counts.get("n", 0)
    if rows <= 0:
        return None
    classes = tuple(_classes(counts))
    bins = tuple(_bins(counts))
    rated = sum(each.rows for each in bins)
    ece = sum(each.rows * abs(each.accuracy - each.confidence) for each in bins) / rated if rated else None
    auc, error = _auc(counts)
    macro = sum(each.f1 for each in classes) / len(classes)
    return Classification(rows, wilson(counts.get("ok", 0), rows), macro, classes, auc, error, ece, bins)


def regression(counts: Counts) -> Regression | None:
    """The figures of rows with numbers; None without any."""
    rows = counts.get("rn", 0)
    if rows <= 0:
        return None
    bias, mae, square = (counts.get(name, 0) / ERROR_UNIT / rows for name in ("e", "a", "q"))
    return Regression(rows, math.sqrt(max(0.0, square)), mae, bias)


def accuracy_change(old: Counts, new: Counts) -> Interval | None:
    """The accuracy of `new` minus that of `old`; None if one of them has no labels."""
    if old.get("n", 0) <= 0 or new.get("n", 0) <= 0:
        return None
    return newcombe((old.get("ok", 0), old["n"]), (new.get("ok", 0), new["n"]))


def error_change(old: Counts, new: Counts) -> Interval | None:
    """The mean absolute error of `new` minus that of `old`; None if one of them has fewer than two numbers."""
    if old.get("rn", 0) < 2 or new.get("rn", 0) < 2:
        return None
    return means(_sizes(old), _sizes(new))


def _sizes(counts: Counts) -> tuple[float, float, int]:
    """Mean and variance of the errors' sizes, and their number."""
    rows = counts["rn"]
    mean, square = counts.get("a", 0) / ERROR_UNIT / rows, counts.get("q", 0) / ERROR_UNIT / rows
    return mean, max(0.0, square - mean * mean) * rows / (rows - 1), rows


def _classes(counts: Counts) -> Iterator[ClassFigures]:
    labels = {name[2:] for name in counts if name.startswith(("t:", "p:"))}
    for label in sorted(labels):
        hits, true, predicted = (counts.get(f"{kind}:{label}", 0) for kind in "htp")
        precision = hits / predicted if predicted else 0.0
        recall = hits / true if true else 0.0
        f1 = 2 * hits / (true + predicted) if true + predicted else 0.0
        yield ClassFigures(label, precision, recall, f1, true)


def _bins(counts: Counts) -> Iterator[Bin]:
    for place in range(CALIBRATION_BINS):
        if rows := counts.get(f"bn:{place}", 0):
            confidence = counts.get(f"bs:{place}", 0) / CONFIDENCE_UNIT / rows
            right = counts.get(f"bk:{place}", 0) / rows
            yield Bin(place / CALIBRATION_BINS, (place + 1) / CALIBRATION_BINS, rows, confidence, right)


def _auc(counts: Counts) -> tuple[float | None, float | None]:
    """The area under the ROC curve, with half of the pairs within a bin as right; and the most that this is off by."""
    pairs = [(counts.get(f"sp:{place}", 0), counts.get(f"sn:{place}", 0)) for place in range(SCORE_BINS)]
    positives, negatives = (sum(each) for each in zip(*pairs, strict=True))
    if not positives or not negatives:
        return None, None
    below = right = tied = 0
    for positive, negative in pairs:
        right += positive * below
        tied += positive * negative
        below += negative
    all_pairs = positives * negatives
    return (right + tied / 2) / all_pairs, tied / 2 / all_pairs
