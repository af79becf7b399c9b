import random
from statistics import quantiles

import pytest

from maas.domain.inference.statistics import (
    BUCKET_MAX,
    added,
    duration_bucket,
    figures,
    is_count,
    queue_bucket,
    seconds_of,
    values_of,
)


def test_a_bucket_s_middle_is_at_most_9_percent_off() -> None:
    for number in range(1, 4000):
        seconds = 1e-6 * 1.005**number
        assert seconds_of(duration_bucket(seconds)) == pytest.approx(seconds, rel=0.0906)


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (-1.0, 0), (1e-9, 0), (1e9, BUCKET_MAX)])
def test_every_duration_has_a_bucket(seconds: float, bucket: int) -> None:
    assert duration_bucket(seconds) == bucket


@pytest.mark.parametrize(("waiting", "bucket"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (10**9, 16)])
def test_queues_are_counted_by_their_power_of_two(waiting: int, bucket: int) -> None:
    assert queue_bucket(waiting) == bucket


def test_percentiles_are_those_of_the_values_within_9_percent() -> None:
    source = random.Random(1)
    values = [source.lognormvariate(-7, 1.5) for _ in range(5000)]
    counts: dict[str, int] = {}
    for value in values:
        added(counts, {f"infer:{duration_bucket(value)}": 1})
    cuts = quantiles(values, n=100)
    found = figures(counts).phases["infer"]
    assert found.count == 5000
    assert (found.p50, found.p90, found.p99) == pytest.approx((cuts[49], cuts[89], cuts[98]), rel=0.11)


def test_figures_of_added_counts_are_those_of_all_calls() -> None:
    one = {"calls": 3, "hits": 1, "error:timeout": 1, "cold_starts": 1, "waiting:0": 3}
    both = added(dict(one), {"calls": 7, "hits": 4, "error:timeout": 1, "error:not_found": 1, "waiting:2": 7})
    found = figures(both)
    assert (found.calls, found.errors) == (10, {"not_found": 1, "timeout": 2})
    assert found.hit_rate == pytest.approx(5 / 7)
    assert (found.hits, found.cold_starts) == (5, 1)
    assert found.queue
    assert (found.queue.p50, found.queue.p99) == (3, 3)


def test_nothing_has_no_rate_and_no_percentiles() -> None:
    found = figures({})
    assert (found.calls, found.hit_rate, found.phases, found.queue) == (0, None, {}, None)


@pytest.mark.parametrize(
    "name",
    ["", "calls:1", "error:", "error:a b", "error:<x>", "infer", "infer:x", "infer:133", "infer:-1", "x:1"],
)
def test_other_names_are_no_counts(name: str) -> None:
    assert not is_count(name)


@pytest.mark.parametrize("name", ["calls", "hits", "cold_starts", "error:artifact_damaged", "infer:132", "waiting:16"])
def test_names_of_counts_are_recognised(name: str) -> None:
    assert is_count(name)


def test_a_few_values_stand_for_many() -> None:
    counts = {"infer:10": 900, "infer:40": 90, "infer:80": 10}
    values = values_of(counts, "infer", 100)
    assert len(values) == 100
    assert [values.count(seconds_of(bucket)) for bucket in (10, 40, 80)] == [90, 9, 1]
