"""Sketches of columns that numpy has computed."""

from collections import Counter
from typing import Any

import numpy as np

from maas.adapters.sketches import kll
from maas.domain.monitoring.distributions import LARGEST
from maas.domain.monitoring.sketches import VALUE_MAX, ColumnSketch, Moments, TopValues
from maas.domain.tensor_rules import Family

Array = np.ndarray[Any, Any]


def column_of(elements: Array, family: Family) -> ColumnSketch:
    """The sketch of the elements of one column."""
    if family is Family.STRING:
        return _texts(Counter(text[:VALUE_MAX] for text in elements))
    if family is Family.BOOL:
        true = int(np.count_nonzero(elements))
        return _texts({"true": true, "false": len(elements) - true})
    numbers = elements[np.isfinite(elements)] if family is Family.FLOAT else elements
    if not len(numbers):
        return ColumnSketch(missing=len(elements))
    clipped = np.clip(numbers.astype(np.float64), -LARGEST, LARGEST)  # their squares are finite
    return ColumnSketch(
        count=len(numbers),
        missing=len(elements) - len(numbers),
        moments=_moments(clipped),
        quantiles=kll.of_numbers(clipped),
        values=_whole(numbers) if family is Family.INTEGER else TopValues(),
    )


def _texts(counts: "dict[str, int]") -> ColumnSketch:
    seen = {text: count for text, count in counts.items() if count}
    return ColumnSketch(count=sum(seen.values()), values=TopValues.of(seen))


def _moments(numbers: Array) -> Moments:
    mean = float(numbers.mean())
    low, high = float(numbers.min()), float(numbers.max())
    return Moments(len(numbers), mean, float(np.square(numbers - mean).sum()), low, high)


def _whole(numbers: Array) -> TopValues:
    values, counts = np.unique(numbers, return_counts=True)
    return TopValues.of(dict(zip(map(str, values.tolist()), counts.tolist(), strict=True)))
