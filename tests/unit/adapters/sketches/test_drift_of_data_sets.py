"""Drift on the data sets that scikit-learn ships: seeded shifts are found, and resamples without a shift are not.

A baseline is the whole data set. A window has 2,000 rows of it, drawn with replacement.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import datasets

from maas.adapters.sketches import kll
from maas.adapters.sketches.columns import column_of
from maas.domain.monitoring.drift import FALSE_DISCOVERIES, Drift, drift
from maas.domain.monitoring.sketches import VersionSketch
from maas.domain.monitoring.summaries import VersionSummary, summary_of
from maas.domain.monitoring.violations import Kind
from maas.domain.tensor_rules import Family
from tests.support.printed import PRINTED, Recorder
from tests.support.rounds import FULL

Array = np.ndarray[Any, Any]
ROWS = 2_000
RESAMPLES = 200 if FULL else 40
SETS: dict[str, Callable[[], Array]] = {
    name: lambda name=name: getattr(datasets, f"load_{name}")().data  # type: ignore[misc]
    for name in ("iris", "wine", "breast_cancer", "diabetes", "digits")
}


def summary(data: Array) -> VersionSummary:
    columns = {str(place): column_of(column, Family.FLOAT) for place, column in enumerate(data.T)}
    return summary_of(VersionSketch(calls=1, rows=len(data), inputs=columns), kll.distribution)


def texts(values: Array) -> VersionSummary:
    column = column_of(values.astype(object), Family.STRING)
    return summary_of(VersionSketch(calls=1, rows=len(values), inputs={"c": column}), kll.distribution)


def drawn(data: Array, seed: int) -> Array:
    return data[np.random.default_rng(seed).integers(0, len(data), ROWS)].copy()


def drifting(found: Drift) -> set[str]:
    return {each.name for each in found.columns if each.drifts}


def varying(data: Array) -> list[int]:
    """The columns in which at least a tenth of the values differ from the most frequent one."""
    same = [max(np.unique(column, return_counts=True)[1]) / len(column) for column in data.T]
    return [place for place, share in enumerate(same) if share <= 0.9]


def shifted_mean(data: Array, place: int) -> None:
    data[:, place] += data[:, place].std() / 2


def scaled(data: Array, place: int) -> None:
    data[:, place] *= 10


def with_gaps(data: Array, place: int) -> None:
    data[np.random.default_rng(place).random(len(data)) < 0.05, place] = np.nan


@pytest.mark.parametrize("shift", [shifted_mean, scaled, with_gaps])
@pytest.mark.parametrize("name", SETS)
def test_a_shift_of_any_one_column_is_found_in_that_column(name: str, shift: Callable[[Array, int], None]) -> None:
    data = SETS[name]()
    baseline = summary(data)
    for place in varying(data):
        window = drawn(data, seed=place)
        shift(window, place)
        assert drifting(drift(baseline, summary(window))) == {str(place)}


@pytest.mark.parametrize("name", SETS)
def test_swapped_categories_are_found(name: str) -> None:
    data = SETS[name]()
    for place in varying(data):
        column = data[:, place]
        low, high = np.quantile(column, [0.6, 0.9])
        labels = np.where(column <= low, "low", np.where(column <= high, "middle", "high"))
        if len(set(labels)) < 3:
            continue
        window = labels[np.random.default_rng(place).integers(0, len(labels), ROWS)]
        swapped = np.where(window == "low", "middle", np.where(window == "middle", "low", window))
        assert drifting(drift(texts(labels), texts(window))) == set()
        assert drifting(drift(texts(labels), texts(swapped))) == {"c"}
        renamed = np.where(window == "high", "new", window)
        [found] = drift(texts(labels), texts(renamed)).columns
        assert Kind.CATEGORY in {each.kind for each in found.violations}


@pytest.mark.parametrize("name", SETS)
def test_resamples_without_a_shift_raise_at_most_the_stated_rate_of_alarms(
    name: str, record_property: Recorder
) -> None:
    data = SETS[name]()
    baseline = summary(data)
    alarms = sum(drift(baseline, summary(drawn(data, seed))).drifts for seed in range(RESAMPLES))
    record_property(PRINTED, f"{name}: {alarms} alarms in {RESAMPLES} resamples without a shift")
    assert alarms <= FALSE_DISCOVERIES * RESAMPLES


@pytest.mark.parametrize("name", SETS)
def test_halves_of_the_data_raise_at_most_the_stated_rate_of_alarms(name: str, record_property: Recorder) -> None:
    """A harder null than resamples: the baseline does not have the rows of the window."""
    data, alarms = SETS[name](), 0
    for seed in range(RESAMPLES):
        mixed = np.random.default_rng(seed).permutation(data)
        alarms += drift(summary(mixed[::2]), summary(mixed[1::2])).drifts
    record_property(PRINTED, f"{name}: {alarms} alarms in {RESAMPLES} halves without a shift")
    assert alarms <= FALSE_DISCOVERIES * RESAMPLES + 3 * (FALSE_DISCOVERIES * RESAMPLES) ** 0.5
