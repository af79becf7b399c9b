"""Figures that follow from counts: of classifiers as scikit-learn defines them, and of regressions."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from maas.domain.feedback.counts import scored
from maas.domain.feedback.intervals import Interval, means, newcombe, wilson
from maas.domain.feedback.scores import CALIBRATION_BINS, Bin, Scored, calibration_error, macro_auc
from maas.domain.feedback.totals import CONFIDENCE_UNIT, ERROR_UNIT, Counts


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Precision, recall and F1 of one class; each is 0 where it would be divided by 0. `support` counts its truths.

    `auc`, `ece` and `bins` are of its score against all other classes; None and empty without scores.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    auc: float | None
    ece: float | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Classification:
    """Figures of labels. `auc` may be off by `auc_error`, because scores are counted in bins.

    Of more than two classes it is the mean of each class against all others. It is None without scores, and until each
    class has been true.
    """

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
    scores = _scored(counts)
    classes = tuple(_classes(counts, scores))
    bins = tuple(_bins(counts))
    auc, error = macro_auc([*scores.values()]) or (None, None)
    macro = sum(each.f1 for each in classes) / len(classes)
    accuracy = wilson(counts.get("ok", 0), rows)
    return Classification(rows, accuracy, macro, classes, auc, error, calibration_error(bins), bins)


def _scored(counts: Counts) -> Mapping[str, Scored]:
    """The scores of classes; none if those of more than a tenth of the rows with a confidence have no known classes.

    Then labels are no places of classes, and the rows whose labels look like some are no sample of all.
    """
    confident = sum(counts.get(f"bn:{place}", 0) for place in range(CALIBRATION_BINS))
    found = scored(counts)
    return found if all(10 * each.rows >= 9 * confident for each in found.values()) else {}


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


def _classes(counts: Counts, scores: Mapping[str, Scored]) -> Iterator[ClassFigures]:
    """The classes that are true or predicted."""
    labels = {name[2:] for name in counts if name.startswith(("t:", "p:"))}
    for label in sorted(labels):
        hits, true, predicted = (counts.get(f"{kind}:{label}", 0) for kind in "htp")
        precision = hits / predicted if predicted else 0.0
        recall = hits / true if true else 0.0
        f1 = 2 * hits / (true + predicted) if true + predicted else 0.0
        score = scores.get(label)
        area = score.auc() if score else None
        bins = score.calibration() if score else []
        rated = area[0] if area else None, calibration_error(bins), tuple(bins)
        yield ClassFigures(label, precision, recall, f1, true, *rated)


def _bins(counts: Counts) -> Iterator[Bin]:
    for place in range(CALIBRATION_BINS):
        if rows := counts.get(f"bn:{place}", 0):
            confidence = counts.get(f"bs:{place}", 0) / CONFIDENCE_UNIT / rows
            right = counts.get(f"bk:{place}", 0) / rows
            yield Bin(place / CALIBRATION_BINS, (place + 1) / CALIBRATION_BINS, rows, confidence, right)
