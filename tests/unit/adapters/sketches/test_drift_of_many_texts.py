"""Drift of a column with more different texts than a sketch counts, whose counts are too low by other errors."""

from typing import Any

import numpy as np
import pytest

from maas.adapters.sketches import kll
from maas.adapters.sketches.columns import column_of
from maas.domain.monitoring.drift import drift
from maas.domain.monitoring.sketches import VersionSketch, joined
from maas.domain.monitoring.summaries import VersionSummary, summary_of
from maas.domain.tensor_rules import Family

Random = np.random.Generator
# Rows of the baseline and of the window, and the sketches that each is joined from.
SHAPES = [(1_000, 2_000, 1, 40), (20_000, 2_000, 200, 20), (20_000, 500, 20, 1)]


def numbers(random: Random, rows: int) -> "np.ndarray[Any, Any]":
    return random.zipf(1.6, rows) % 200


def summary(found: "np.ndarray[Any, Any]", parts: int) -> VersionSummary:
    texts = np.array([f"city {number}" for number in found], dtype=object)
    sketches = [
        VersionSketch(calls=1, rows=len(part), inputs={"city": column_of(part, Family.STRING)})
        for part in np.array_split(texts, parts)
    ]
    return summary_of(joined(sketches, kll.joined), kll.distribution)


@pytest.mark.parametrize(("known", "rows", "parts", "window_parts"), SHAPES)
def test_texts_of_one_source_do_not_drift(known: int, rows: int, parts: int, window_parts: int) -> None:
    random = np.random.default_rng(3)
    alarms = sum(
        drift(summary(numbers(random, known), parts), summary(numbers(random, rows), window_parts)).drifts
        for _ in range(20)
    )
    assert alarms <= 1


@pytest.mark.parametrize(("known", "rows", "parts", "window_parts"), SHAPES)
def test_a_frequent_text_that_another_one_replaces_is_found(
    known: int, rows: int, parts: int, window_parts: int
) -> None:
    random = np.random.default_rng(4)
    baseline, window = numbers(random, known), numbers(random, rows)
    swapped = np.where(window == 1, 7, np.where(window == 7, 1, window))
    for other in (swapped, np.where(window == 1, 999, window)):
        assert drift(summary(baseline, parts), summary(other, window_parts)).drifts
