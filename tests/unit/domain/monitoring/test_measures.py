"""Measures against scipy, and their edges."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from maas.domain.monitoring import measures
from maas.domain.monitoring.distributions import Distribution


def exact(numbers: Sequence[float]) -> Distribution:
    return Distribution(tuple(sorted(numbers)), len(numbers))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("apart", [0.0, 0.2, 1.0])
def test_kolmogorov_smirnov_is_scipy_s(seed: int, apart: float) -> None:
    random = np.random.default_rng(seed)
    one, other = random.normal(size=400), random.normal(apart, size=700)
    statistic, p_value = measures.kolmogorov_smirnov(exact(one.tolist()), exact(other.tolist()))
    expected = stats.ks_2samp(one, other)
    assert statistic == pytest.approx(expected.statistic)
    assert p_value == pytest.approx(expected.pvalue, rel=0.1, abs=1e-4)


def test_the_error_of_sketches_makes_a_difference_smaller() -> None:
    one, other = exact([0.0, 1.0]), Distribution((0.0, 2.0), 2, error=0.1)
    assert measures.kolmogorov_smirnov(one, other)[0] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("one", "other"), [((50, 30, 20), (40, 40, 20)), ((500, 400, 100), (480, 410, 110)), ((9, 91), (30, 70))]
)
def test_chi_square_is_scipy_s(one: Sequence[int], other: Sequence[int]) -> None:
    statistic, p_value = measures.chi_square(one, other)
    expected = stats.chi2_contingency([one, other], correction=False)
    assert (statistic, p_value) == pytest.approx((expected.statistic, expected.pvalue))


@pytest.mark.parametrize(("one", "other"), [((), ()), ((5,), (0,)), ((0, 0), (3, 4)), ((7,), (9,)), ((5, 0), (9, 0))])
def test_counts_that_can_not_differ_have_the_p_value_one(one: Sequence[int], other: Sequence[int]) -> None:
    assert measures.chi_square(one, other)[1] == 1.0


def test_rare_categories_are_compared_together() -> None:
    one, other = [100, *[1] * 20], [100, *[1] * 20]
    assert measures.chi_square(one, other)[1] == 1.0
    assert measures.chi_square([1000, 1, 1], [900, 50, 50])[1] < 1e-6


@pytest.mark.parametrize("rows", [1_000, 10_000, 1_000_000, 10**12])
def test_a_rare_category_that_becomes_all_is_found_beside_any_baseline(rows: int) -> None:
    assert measures.chi_square([rows - 10, 10], [0, 60])[1] < 1e-6
    assert measures.chi_square([10, rows - 10], [59, 1])[1] < 1e-6


def test_rare_categories_of_one_source_are_seldom_different() -> None:
    random, shares = np.random.default_rng(5), [0.9, *[0.1 / 15] * 15]
    baseline = random.multinomial(20_000, shares).tolist()
    found = sum(measures.chi_square(baseline, random.multinomial(200, shares).tolist())[1] <= 0.05 for _ in range(500))
    assert found <= 0.05 * 500


@pytest.mark.parametrize(("statistic", "freedom"), [(0.1, 1), (3.84, 1), (20.0, 3), (60.0, 64), (400.0, 20), (1.0, 40)])
def test_the_tail_of_chi_square_is_scipy_s(statistic: float, freedom: int) -> None:
    assert measures._chi_square_above(statistic, freedom) == pytest.approx(stats.chi2.sf(statistic, freedom), rel=1e-9)


def test_p_values_are_adjusted_as_scipy_does() -> None:
    p_values = np.random.default_rng(3).uniform(size=50) ** 3
    assert measures.adjusted(p_values.tolist()) == pytest.approx(stats.false_discovery_control(p_values).tolist())
    assert measures.adjusted([]) == []


def test_jensen_shannon_is_scipy_s() -> None:
    one, other = [0.1, 0.4, 0.5, 0.0], [0.3, 0.3, 0.0, 0.4]
    assert measures.jensen_shannon(one, other) == pytest.approx(jensenshannon(one, other, base=2) ** 2)
    assert measures.jensen_shannon([1, 0], [0, 1]) == 1.0
    assert measures.jensen_shannon(one, one) == 0.0


def test_the_stability_index_is_zero_for_equal_shares_and_finite_for_empty_ones() -> None:
    assert measures.stability_index([0.5, 0.5], [0.5, 0.5]) == 0.0
    assert measures.stability_index([0.5, 0.5], [0.4, 0.6]) == pytest.approx(0.1 * math.log(0.6 / 0.4))
    assert 8 < measures.stability_index([1.0, 0.0], [0.0, 1.0]) < 20


@pytest.mark.parametrize(("part", "whole"), [(0, 10), (1, 10), (50, 1000), (10, 10)])
def test_bounds_of_a_rate_are_wilson_s(part: int, whole: int) -> None:
    expected = stats.binomtest(part, whole).proportion_ci(0.999, method="wilson")
    assert measures.at_least(part, whole) == pytest.approx(expected.low, abs=1e-5)
    assert measures.at_most(part, whole) == pytest.approx(expected.high, abs=1e-5)


def test_a_rate_of_nothing_may_be_any() -> None:
    assert (measures.at_least(0, 0), measures.at_most(0, 0)) == (0.0, 1.0)
