"""Bounds of p-values: beside exact distributions, and how often they are below a level by chance."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from maas.domain.judging.verdicts import ALPHA
from maas.domain.monitoring.bounds import beyond, distribution_bound, more_than
from maas.domain.monitoring.distributions import POINTS, Distribution
from maas.domain.monitoring.summaries import ColumnSummary
from tests.support.drifting_runs import DriftRun, mixed, shifted

RUNS = 40


@pytest.mark.parametrize(
    ("part", "whole", "other", "other_whole"),
    [(0, 1000, 5, 500), (20, 1000, 40, 500), (3, 100, 300, 100_000), (0, 5000, 1, 10), (10, 50, 45, 50)],
)
def test_a_tail_of_hits_is_just_above_the_exact_one(part: int, whole: int, other: int, other_whole: int) -> None:
    exact = stats.hypergeom(whole + other_whole, part + other, other_whole).sf(other - 1)
    bound = more_than(part, whole, other, other_whole)
    assert exact * 0.999999 <= bound
    assert bound == 1.0 or bound <= 3 * exact + 1e-12


def test_no_hits_and_no_more_hits_than_in_the_baseline_are_no_evidence() -> None:
    assert more_than(0, 1000, 0, 500) == 1.0
    assert more_than(100, 1000, 1, 500) == 1.0


@pytest.mark.parametrize(("outside", "count", "known"), [(1, 100, 1000), (5, 500, 1000), (30, 500, 100), (9, 9, 2)])
def test_values_beyond_the_baselines_have_the_exact_chance(outside: int, count: int, known: int) -> None:
    exact = stats.betabinom(count, 2, known - 1).sf(outside - 1)
    assert beyond(outside, count, known) == pytest.approx(exact, rel=1e-6)


def test_no_value_beyond_the_baselines_is_no_evidence() -> None:
    assert (beyond(0, 100, 1000), beyond(5, 100, 1)) == (1.0, 1.0)


def numbers(start: float, count: int) -> ColumnSummary:
    """A column of `count` numbers that are spread evenly from `start` on."""
    points = tuple(start + place for place in range(POINTS))
    return ColumnSummary(count=count, missing=0, distribution=Distribution(points, count))


@pytest.mark.parametrize(("known", "count"), [(100, 100), (20_000, 100), (100, 20_000), (10**12, 30), (30, 10**12)])
def test_numbers_are_compared_whatever_the_sizes_of_baseline_and_window(known: int, count: int) -> None:
    baseline = numbers(0, known)
    assert distribution_bound(baseline, numbers(1000, count), is_categorical=False) < 1e-20
    assert distribution_bound(baseline, numbers(0, count), is_categorical=False) == 1.0


def test_a_drift_guard_aborts_at_most_five_in_a_hundred_equal_candidates() -> None:
    ends = [DriftRun(mixed, mixed, reports=6).end(seed) for seed in range(RUNS)]
    assert sum(end is not None for end in ends) <= ALPHA * RUNS


def test_a_drift_guard_aborts_a_shifted_candidate_within_2000_rows() -> None:
    ends = [DriftRun(mixed, shifted, reports=20).end(seed) for seed in range(5)]
    assert all(end is not None and end <= 2000 for end in ends)


def test_a_column_that_is_only_missing_breaches() -> None:
    def gone(rng: np.random.Generator, rows: int) -> dict[str, Any]:
        return {**mixed(rng, rows), "normal": np.full(rows, np.nan)}

    assert DriftRun(mixed, gone, reports=2).end(0) == 100
