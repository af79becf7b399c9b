"""Tests that may be looked at all the time: what they find, and how often they are wrong."""

from math import exp, inf, log

import numpy as np
import pytest

from maas.domain.inference.statistics import BUCKET_MAX, duration_bucket
from maas.domain.judging.sequential import (
    RARE,
    SOME,
    Share,
    Spread,
    above,
    against,
    bounds,
    higher,
    mean_bounds,
    quantile_of,
    slower,
)
from tests.support.rollout_runs import shares

ALPHA = 0.05
LIMIT = -log(ALPHA)
RUNS, CALLS = 400, 400


def test_no_call_is_no_evidence() -> None:
    assert against(Share(0, 0), 0.3) == 0
    assert higher(Share(0, 0), Share(0, 0), 0.01) <= 0
    assert slower({}, {}, 2, 0.5) == 0


def test_evidence_is_a_likelihood_ratio_against_the_mixture() -> None:
    # One hit: the mixture gives it 1/2, the hypothesis 1/5.
    assert exp(against(Share(1, 1), 0.2)) == pytest.approx(2.5)


def test_an_impossible_rate_has_endless_evidence_against_it() -> None:
    assert against(Share(1, 5), 0.0) == inf
    assert against(Share(4, 5), 1.0) == inf


def test_a_rate_below_the_bound_is_no_evidence_that_it_is_above() -> None:
    assert above(Share(5, 1000), 0.02) <= 0
    assert above(Share(200, 1000), 0.02) > LIMIT


def test_a_side_without_calls_proves_no_difference() -> None:
    assert higher(Share(50, 50), Share(0, 0), 0.01) <= 0


@pytest.mark.parametrize("margin", [0.01, 0.2, 0.5, 0.99])
@pytest.mark.parametrize("wrong", [0.9, 1.0])
def test_a_side_is_no_worse_than_another_one_whose_calls_mostly_fail(margin: float, wrong: float) -> None:
    for calls in (10, 100, 10_000, 1_000_000):
        assert higher(Share(calls * wrong, calls), Share(calls * wrong, calls), margin) <= 0


def test_the_evidence_of_a_difference_is_the_least_over_all_rates_of_live() -> None:
    share, other, margin = Share(9, 40), Share(30, 1900), 0.01
    grid = [rate / 10_000 for rate in range(1, 9900)]
    least = min(
        log((1 + exp(min(50, against(other, rate, RARE)))) / 2) + above(share, rate + margin, SOME) for rate in grid
    )
    assert higher(share, other, margin) == pytest.approx(least, abs=1e-3)


def test_the_true_rate_leaves_its_bounds_in_at_most_alpha_of_all_runs() -> None:
    rng, left = np.random.default_rng(1), 0
    for _ in range(RUNS):
        hits = np.cumsum(rng.random(CALLS) < 0.1)
        left += any(against(Share(int(n), calls), 0.1) >= LIMIT for calls, n in enumerate(hits, 1))
    assert left / RUNS <= ALPHA


def test_bounds_are_where_the_evidence_reaches_its_limit() -> None:
    share = Share(30, 300)
    low, high = bounds(share, ALPHA)
    assert low < share.rate < high
    assert against(share, low) == pytest.approx(LIMIT)
    assert against(share, high) == pytest.approx(LIMIT)
    assert bounds(Share(0, 10), ALPHA)[0] == 0


def test_a_difference_at_its_margin_is_found_in_at_most_alpha_of_all_runs() -> None:
    rng, found = np.random.default_rng(2), 0
    for _ in range(RUNS):
        ours, theirs = np.cumsum(rng.random(CALLS) < 0.11), np.cumsum(rng.random(CALLS) < 0.10)
        looks = range(9, CALLS, 10)
        found += any(higher(Share(int(ours[n]), n + 1), Share(int(theirs[n]), n + 1), 0.01) >= LIMIT for n in looks)
    assert found / RUNS <= ALPHA


@pytest.mark.parametrize("quantile", [0.5, 0.9])
def test_a_factor_at_its_threshold_is_found_in_at_most_alpha_of_all_runs(quantile: float) -> None:
    """The median is between two edges of buckets on both sides."""
    rng, found, step = np.random.default_rng(3), 0, 20
    slow, fast = shares(0.0137 * 1.5, 0.5), shares(0.0137, 0.5)
    for _ in range(100):
        ours = theirs = np.zeros(BUCKET_MAX + 1, dtype=int)
        for _ in range(CALLS // step):
            ours, theirs = ours + rng.multinomial(step, slow), theirs + rng.multinomial(step, fast)
            if slower(_histogram(ours), _histogram(theirs), 1.5, quantile) >= LIMIT:
                found += 1
                break
    assert found / 100 <= ALPHA


def test_a_candidate_that_always_takes_as_long_is_not_slower() -> None:
    assert slower({60: 5000}, {60: 5000}, 1.1, 0.9) <= 0


def test_a_candidate_that_always_takes_twice_as_long_is_slower() -> None:
    assert slower({64: 100}, {60: 100}, 1.5, 0.9) >= LIMIT


def test_simulated_shares_are_those_of_the_real_buckets() -> None:
    values = 0.01 * np.exp(0.5 * np.random.default_rng(4).standard_normal(20_000))
    counted = np.bincount([duration_bucket(float(value)) for value in values], minlength=BUCKET_MAX + 1) / len(values)
    assert np.abs(counted - shares(0.01, 0.5)).max() < 0.01


def test_a_quantile_is_a_place_among_buckets() -> None:
    assert quantile_of({10: 4, 12: 4}, 0.25) == 10.5
    assert quantile_of({10: 4, 12: 4}, 0.75) == 12.5
    assert quantile_of({}, 0.5) == 0


def test_the_mean_leaves_its_bounds_in_at_most_alpha_of_all_runs() -> None:
    rng, left = np.random.default_rng(5), 0
    for _ in range(RUNS):
        values = rng.standard_exponential(CALLS)
        for calls in range(20, CALLS, 10):
            seen = values[:calls]
            low, high = mean_bounds(Spread(calls, float(seen.mean()), float(seen.var(ddof=1))), ALPHA)
            if not low <= 1 <= high:
                left += 1
                break
    assert left / RUNS <= ALPHA


def test_the_mean_of_one_value_is_unbounded() -> None:
    assert mean_bounds(Spread(1, 3.0, 0.0), ALPHA) == (-inf, inf)


def _histogram(counts: np.ndarray) -> dict[int, int]:
    return {int(bucket): int(counts[bucket]) for bucket in np.flatnonzero(counts)}
