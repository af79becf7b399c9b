"""Figures are those of scikit-learn, and of the papers that the intervals are from."""

import random

import pytest
from sklearn import metrics

from maas.domain.feedback.counts import added, contribution
from maas.domain.feedback.figures import Classification, accuracy_change, classification, error_change, regression
from maas.domain.feedback.given import Truth
from maas.domain.feedback.intervals import newcombe, wilson
from maas.domain.feedback.kept import KeptRow
from maas.domain.feedback.scores import bin_of, score_bins
from tests.support.feedback import kept_of

NAMES = ("cat", "dog", "owl")


def counted(rows: list[tuple[KeptRow, Truth]], names: tuple[str, ...] = NAMES) -> dict[str, int]:
    found: dict[str, int] = {}
    for row, truth in rows:
        added(found, contribution(kept_of(row, at=0, names=names), row, truth))
    return found


def labels(seed: int, number: int, names: tuple[str, ...] = NAMES) -> tuple[list[str], list[str], list[float]]:
    """Truths, predictions and confidences; predictions are right three times of four."""
    chance = random.Random(seed)
    truths = [chance.choice(names) for _ in range(number)]
    predictions = [truth if chance.random() < 0.75 else chance.choice(names) for truth in truths]
    return truths, predictions, [chance.uniform(0.3, 1) for _ in truths]


@pytest.mark.parametrize("seed", range(5))
def test_accuracy_and_f1_are_those_of_scikit_learn(seed: int) -> None:
    truths, predictions, _ = labels(seed, 500)
    rows = [(KeptRow(label=p), Truth(t, None)) for t, p in zip(truths, predictions, strict=True)]

    found = classification(counted(rows))

    assert found is not None
    assert found.accuracy.estimate == pytest.approx(metrics.accuracy_score(truths, predictions))
    assert found.f1_macro == pytest.approx(metrics.f1_score(truths, predictions, average="macro"))
    each = metrics.precision_recall_fscore_support(truths, predictions, labels=NAMES)
    ours = [[getattr(one, name) for one in found.classes] for name in ("precision", "recall", "f1", "support")]
    assert [one.label for one in found.classes] == list(NAMES)
    assert ours == [pytest.approx(list(theirs)) for theirs in each]


def test_a_class_that_is_never_right_has_an_f1_of_0() -> None:
    found = classification(
        counted([(KeptRow(label="cat"), Truth("dog", None)), (KeptRow(label="dog"), Truth("dog", None))])
    )
    assert found is not None
    theirs = metrics.f1_score(["dog", "dog"], ["cat", "dog"], average="macro", zero_division=0)
    assert found.f1_macro == pytest.approx(theirs)


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_that_of_scikit_learn_within_its_stated_error(seed: int) -> None:
    chance = random.Random(seed)
    truths = [chance.random() < 0.4 for _ in range(2000)]
    scores = [min(1, max(0, chance.gauss(0.6 if truth else 0.4, 0.2))) for truth in truths]
    names = ("no", "yes")
    rows = [
        (KeptRow(label=names[score > 0.5], scores=binned([1 - score, score])), Truth(names[truth], None))
        for truth, score in zip(truths, scores, strict=True)
    ]

    found = classification(counted(rows, names))

    assert found is not None
    assert found.auc is not None
    assert found.auc_error is not None
    assert abs(found.auc - metrics.roc_auc_score(truths, scores)) <= found.auc_error < 0.01
    places = [bin_of(score, score_bins(2)) for score in scores]
    assert found.auc == pytest.approx(metrics.roc_auc_score(truths, places))
    assert [each.auc for each in found.classes] == [pytest.approx(found.auc)] * 2


def probabilities(chance: random.Random, truth: int, classes: int, steps: int) -> list[float]:
    """Parts of 1 in whole steps, more of them for the true class; each step has a bin of its own."""
    weights = [1 + 2 * (place == truth) for place in range(classes)]
    drawn = chance.choices(range(classes), weights, k=steps)
    return [drawn.count(place) / steps for place in range(classes)]


def scored_rows(seed: int, classes: int, steps: int) -> tuple[list[int], list[list[float]], Classification]:
    """Truths, probabilities, and the figures that follow from them."""
    chance, names = random.Random(seed), tuple(f"class {place}" for place in range(classes))
    truths = [chance.randrange(classes) for _ in range(600)]
    scores = [probabilities(chance, truth, classes, steps) for truth in truths]
    rows = [
        (KeptRow(label=names[each.index(max(each))], scores=binned(each)), Truth(names[truth], None))
        for truth, each in zip(truths, scores, strict=True)
    ]
    found = classification(counted(rows, names))
    assert found is not None
    return truths, scores, found


@pytest.mark.parametrize("classes", [2, 3, 5, 10])
@pytest.mark.parametrize("seed", range(3))
def test_auc_of_classes_is_that_of_scikit_learn_exactly_if_no_two_scores_share_a_bin(seed: int, classes: int) -> None:
    truths, scores, found = scored_rows(seed, classes, steps=64)

    if classes == 2:
        assert found.auc == pytest.approx(metrics.roc_auc_score(truths, [each[1] for each in scores]), abs=1e-12)
        return
    theirs = metrics.roc_auc_score(truths, scores, multi_class="ovr", average=None)
    assert found.auc == pytest.approx(metrics.roc_auc_score(truths, scores, multi_class="ovr"), abs=1e-12)
    assert [each.auc for each in found.classes] == [pytest.approx(each, abs=1e-12) for each in theirs]


@pytest.mark.parametrize("seed", range(3))
def test_auc_of_classes_is_that_of_scikit_learn_within_its_stated_error(seed: int) -> None:
    truths, scores, found = scored_rows(seed, 4, steps=997)

    assert found.auc is not None
    assert found.auc_error is not None
    assert abs(found.auc - metrics.roc_auc_score(truths, scores, multi_class="ovr")) <= found.auc_error < 0.03


def test_auc_of_classes_is_none_until_each_has_been_true() -> None:
    rows = [(KeptRow(label="cat", scores=(80, 10, 10)), Truth(truth, None)) for truth in ("cat", "dog")]
    some = classification(counted(rows))
    assert some is not None
    assert (some.auc, some.auc_error) == (None, None)
    assert [each.auc for each in some.classes] == [0.5, 0.5]
    every = classification(counted([*rows, (KeptRow(label="cat", scores=(80, 10, 10)), Truth("owl", None))]))
    assert every is not None
    assert every.auc == 0.5


def test_there_is_no_auc_if_only_some_labels_look_like_places_of_classes() -> None:
    """A model of the labels -1 and 1, of which 1 is a place of two scores too."""
    places = [(KeptRow(label="1", confidence=0.9, scores=(20, 180)), Truth(truth, None)) for truth in ("1", "-1")]
    others = [(KeptRow(label="-1", confidence=0.9), Truth(truth, None)) for truth in ("1", "-1")]
    some = classification(counted([*places, *others], names=()))
    assert some is not None
    assert (some.auc, [each.auc for each in some.classes], some.rows) == (None, [None, None], 4)
    all_places = classification(counted(places, names=()))
    assert all_places is not None
    assert all_places.auc == 0.5


@pytest.mark.parametrize("classes", [2, 4])
def test_scores_of_each_class_are_compared_with_its_truths(classes: int) -> None:
    truths, scores, found = scored_rows(5, classes, steps=997)

    for place, each in enumerate(found.classes):
        own = [(truth == place, row[place]) for truth, row in zip(truths, scores, strict=True)]
        tenths = [[(hit, score) for hit, score in own if bin_of(score, 10) == tenth] for tenth in range(10)]
        distances = [abs(sum(hit for hit, _ in part) - sum(score for _, score in part)) for part in tenths]
        assert each.ece == pytest.approx(sum(distances) / len(own), abs=0.006)  # half a bin, and a score on its edge
        assert sum(part.rows for part in each.bins) == len(own)


def binned(scores: list[float]) -> tuple[int, ...]:
    return tuple(bin_of(score, score_bins(len(scores))) for score in scores)


def test_confidences_are_compared_with_what_was_right() -> None:
    truths, predictions, confidences = labels(1, 1000)
    given = zip(truths, predictions, confidences, strict=True)
    rows = [(KeptRow(label=p, confidence=c), Truth(t, None)) for t, p, c in given]

    found = classification(counted(rows))

    assert found is not None
    bins = [
        [(t == p, c) for t, p, c in zip(truths, predictions, confidences, strict=True) if int(c * 10) == place]
        for place in range(10)
    ]
    expected = sum(abs(sum(right for right, _ in each) - sum(c for _, c in each)) for each in bins) / 1000
    assert found.ece == pytest.approx(expected, abs=1e-6)
    assert [each.rows for each in found.bins] == [len(each) for each in bins if each]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_errors_of_numbers_are_those_of_scikit_learn(scale: float) -> None:
    chance = random.Random(3)
    truths = [chance.gauss(0, scale) for _ in range(400)]
    predictions = [truth + chance.gauss(0.1 * scale, 0.3 * scale) for truth in truths]
    rows = [(KeptRow(number=p), Truth(None, t)) for t, p in zip(truths, predictions, strict=True)]

    found = regression(counted(rows))

    assert found is not None
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(truths, predictions), rel=1e-6)
    assert found.mae == pytest.approx(metrics.mean_absolute_error(truths, predictions), rel=1e-6)
    assert found.bias == pytest.approx(sum(p - t for t, p in zip(truths, predictions, strict=True)) / 400, rel=1e-6)


def test_what_is_taken_back_leaves_nothing() -> None:
    truths, predictions, confidences = labels(2, 300)
    found: dict[str, int] = {}
    for sign in (1, -1):
        for t, p, c in zip(truths, predictions, confidences, strict=True):
            row = KeptRow(label=p, confidence=c, scores=binned([c, 0.5, 1 - c]))
            added(found, contribution(kept_of(row, at=0, names=NAMES), row, Truth(t, None)), sign)
            number = KeptRow(number=c * 1e9)
            added(found, contribution(kept_of(number, at=0), number, Truth(None, -1e9 * c)), sign)
    assert found == {}


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    # Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_proportion_is_the_published_one(hits: int, total: int, low: float, high: float) -> None:
    found = wilson(hits, total)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    # Newcombe, Interval estimation for the difference between independent proportions, 1998, table II, method 10.
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 10), 0.6075, 1.0)],
)
def test_the_interval_of_a_difference_is_the_published_one(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    found = newcombe(second, first)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_the_interval_of_a_change_covers_the_true_one_nineteen_times_of_twenty() -> None:
    chance, covered = random.Random(7), 0
    for _ in range(400):
        old = {"n": 300, "ok": sum(chance.random() < 0.8 for _ in range(300))}
        new = {"n": 200, "ok": sum(chance.random() < 0.7 for _ in range(200))}
        change = accuracy_change(old, new)
        assert change is not None
        covered += change.low <= -0.1 <= change.high
    assert covered >= 370


def test_versions_without_feedback_are_not_compared() -> None:
    assert accuracy_change({"n": 5, "ok": 1}, {}) is None
    assert error_change({"rn": 1, "a": 1, "q": 1}, {"rn": 5}) is None
    assert classification({}) is None
    assert regression({}) is None


def test_a_larger_error_is_found() -> None:
    chance = random.Random(1)

    def errors(spread: float) -> dict[str, int]:
        return counted([(KeptRow(number=chance.gauss(0, spread)), Truth(None, 0.0)) for _ in range(500)])

    found = error_change(errors(1), errors(1.5))
    assert found is not None
    assert found.excludes_zero
    assert found.low < 0.3989 < found.high  # the difference of the means of two half-normal distributions
