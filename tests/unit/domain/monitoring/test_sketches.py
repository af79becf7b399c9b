"""Sums of sketches."""

import math

from hypothesis import given
from hypothesis import strategies as st

from maas.domain.monitoring.sketches import (
    VALUES_MAX,
    ColumnSketch,
    Moments,
    TopValues,
    VersionSketch,
    joined,
)

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)


def moments(numbers: list[float]) -> Moments:
    found = Moments()
    for number in numbers:
        found = found.joined(Moments(1, number, 0.0, number, number))
    return found


@given(NUMBERS, NUMBERS)
def test_moments_of_parts_are_those_of_all(some: list[float], others: list[float]) -> None:
    both, together = moments(some).joined(moments(others)), [*some, *others]
    mean = math.fsum(together) / len(together)
    assert both.count == len(together)
    assert math.isclose(both.mean, mean, rel_tol=1e-9, abs_tol=1e-6)
    variance = math.fsum((each - mean) ** 2 for each in together) / len(together)
    assert math.isclose(both.variance, variance, rel_tol=1e-6, abs_tol=1e-3)
    assert (both.low, both.high) == (min(together), max(together))


@given(st.lists(st.lists(st.integers(0, 200), max_size=300), min_size=1, max_size=5))
def test_counts_are_too_low_by_at_most_the_error(parts: list[list[int]]) -> None:
    found, true = TopValues(), dict[str, int]()
    for part in parts:
        counts = {str(value): part.count(value) for value in part}
        found = found.joined(TopValues.of(counts))
        true = {key: true.get(key, 0) + counts.get(key, 0) for key in {*true, *counts}}
    assert len(found.counts) <= VALUES_MAX
    for value, count in true.items():
        assert count - found.error <= found.counts.get(value, 0) <= count
    total = sum(true.values())
    assert found.error <= total / (VALUES_MAX + 1)


def test_few_values_are_counted_exactly() -> None:
    found = TopValues.of({"a": 3, "b": 1}).joined(TopValues.of({"b": 1}))
    assert found == TopValues({"a": 3, "b": 2}, 0)


def test_versions_are_joined_column_by_column() -> None:
    one = VersionSketch(calls=1, rows=2, inputs={"a": ColumnSketch(count=2, quantiles=b"1")})
    other = VersionSketch(calls=1, rows=1, inputs={"a": ColumnSketch(missing=1), "b": ColumnSketch(count=1)})
    found = joined([one, other], lambda sketches: b"+".join(sketches))
    assert (found.calls, found.rows) == (2, 3)
    assert found.inputs == {"a": ColumnSketch(count=2, missing=1, quantiles=b"1"), "b": ColumnSketch(count=1)}
