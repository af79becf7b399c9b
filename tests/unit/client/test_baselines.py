"""What rows of a baseline come to, and that the server takes it."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maas.contracts.monitoring import BaselineBody
from maas.domain.monitoring.distributions import LARGEST
from maas_client.answers import Version
from maas_client.baselines import baseline_of, summarized
from maas_client.errors import BadArgument


async def unread() -> Version:
    raise AssertionError("the version is read although the rows have names")


def of(rows: Any, name: str = "a") -> dict[str, Any]:
    found: dict[str, Any] = summarized({name: rows})["inputs"][name]
    return found


async def test_a_frame_is_summarized_column_by_column() -> None:
    frame = pd.DataFrame({"age": [1.5, None, 2.5], "city": ["Oslo", "Oslo", None], "new": [True, False, True]})
    found = await baseline_of(frame, unread)
    assert found["rows"] == 3
    assert (found["inputs"]["age"]["count"], found["inputs"]["age"]["missing"]) == (2, 1)
    assert found["inputs"]["city"] == {"count": 2, "missing": 1, "values": {"Oslo": 2}}
    assert found["inputs"]["new"]["values"] == {"true": 2, "false": 1}
    BaselineBody.model_validate(found, strict=True)


async def test_records_and_mappings_have_names_too() -> None:
    records = await baseline_of([{"a": 1, "b": 2}, {"a": 3}], unread)
    assert (records["inputs"]["b"]["count"], records["inputs"]["b"]["missing"]) == (1, 1)
    assert (await baseline_of({"a": np.array([1, 3]), "b": [2, None]}, unread)) == records


def test_numbers_have_moments_and_evenly_spaced_quantiles() -> None:
    numbers = np.random.default_rng(1).normal(size=5_000)
    found = of(numbers.tolist())
    assert found["mean"] == pytest.approx(numbers.mean())
    assert found["deviation"] == pytest.approx(numbers.std())
    assert len(found["quantiles"]) == 201
    assert found["quantiles"] == sorted(found["quantiles"])
    expected = np.quantile(numbers, (np.arange(201) + 0.5) / 201, method="inverted_cdf")
    assert found["quantiles"] == pytest.approx(expected.tolist(), abs=0.01)
    assert "values" not in found


def test_few_numbers_are_their_own_quantiles() -> None:
    assert of([3.0, 1.0, 2.0])["quantiles"] == [1.0, 2.0, 3.0]


def test_whole_numbers_are_counted_unless_there_are_many() -> None:
    assert of([2, 1, 2])["values"] == {"2": 2, "1": 1}
    assert "values" not in of(list(range(65)))


def test_texts_are_told_apart_by_their_first_characters_as_in_figures() -> None:
    assert of(["a" * 5_000, "a" * 500, "b"])["values"] == {"a" * 64: 2, "b": 1}


def test_the_largest_numbers_are_those_of_figures() -> None:
    found = of([1e308, -1e308, 0.0])
    assert (found["maximum"], found["minimum"], found["mean"]) == (LARGEST, -LARGEST, 0.0)
    assert math.isfinite(found["deviation"])
    with pytest.raises(BadArgument):
        of([10**400])


def test_missing_values_are_none_nan_and_infinity() -> None:
    assert of([None, math.nan, math.inf, pd.NA, pd.NaT]) == {"count": 0, "missing": 5}


@pytest.mark.parametrize("rows", [{}, {"a": []}, {"a": [1], "b": [1, 2]}, {"a": [1, "x"]}, "text", [], [1, 2], 7])
async def test_other_rows_are_refused(rows: Any) -> None:
    with pytest.raises(BadArgument):
        await baseline_of(rows, unread)
