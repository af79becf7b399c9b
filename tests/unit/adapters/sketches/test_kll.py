"""KLL sketches against numpy, and what processes join."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from maas.adapters.sketches import kll
from maas.domain.monitoring.distributions import Distribution
from tests.support.rounds import FULL

_ROUNDS = 40 if FULL else 5
_Make = Callable[[np.random.Generator], "np.ndarray[Any, Any]"]
_SHAPES: dict[str, _Make] = {
    "normal": lambda random: random.normal(size=100_000),
    "heavy tail": lambda random: random.pareto(1.5, size=100_000),
    "few values": lambda random: random.integers(0, 5, size=100_000).astype(float),
    "rising": lambda random: np.sort(random.uniform(size=100_000)),
}


def off(found: Distribution, numbers: "np.ndarray[Any, Any]") -> float:
    """By how much the rank of the sketch's points is off at most, of the ranks that numpy counts."""
    numbers = np.sort(numbers.astype(np.float32))
    points = np.array(found.points, dtype=np.float32)
    low = np.searchsorted(numbers, points, "left") / len(numbers)
    high = np.searchsorted(numbers, points, "right") / len(numbers)
    ranks = (np.arange(len(points)) + 0.5) / len(points)
    return float(np.max(np.maximum(np.maximum(low - ranks, ranks - high), 0)))


@pytest.mark.parametrize("shape", _SHAPES)
def test_quantiles_are_within_the_stated_error_of_numpy(shape: str) -> None:
    within = 0
    for seed in range(_ROUNDS):
        numbers = _SHAPES[shape](np.random.default_rng(seed))
        found = kll.distribution(kll.of_numbers(numbers), len(numbers))
        within += off(found, numbers) <= found.error
    assert within >= 0.95 * _ROUNDS  # stated with 99 % confidence


def test_sketches_of_eight_processes_equal_one_within_the_error() -> None:
    numbers = np.random.default_rng(7).normal(size=80_000)
    one = kll.distribution(kll.of_numbers(numbers), len(numbers))
    merged = kll.joined([kll.of_numbers(part) for part in np.array_split(numbers, 8)])
    eight = kll.distribution(merged, len(numbers))
    assert eight.error == one.error
    assert off(eight, numbers) <= eight.error
    assert max(abs(eight.rank(point) - one.rank(point)) for point in one.points) <= one.error + eight.error


def test_up_to_two_hundred_numbers_are_kept_exactly() -> None:
    numbers = np.arange(200.0)
    found = kll.distribution(kll.of_numbers(numbers), 200)
    assert (found.points[0], found.points[100], found.points[-1]) == (0.0, 99.0, 199.0)
    assert found.error == pytest.approx(0.5 / 201)


def test_a_sketch_does_not_grow_with_the_numbers() -> None:
    numbers = np.random.default_rng(1).normal(size=1_000_000)
    assert len(kll.of_numbers(numbers)) < 3_000


@pytest.mark.parametrize("damaged", [b"", b"x", b"\0" * 100, kll.of_numbers(np.arange(500.0))[:50]])
def test_damaged_sketches_are_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        kll.distribution(damaged, 1)
