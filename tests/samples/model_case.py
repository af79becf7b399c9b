"""A model for tests with a request, and the data that models are trained on."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Case:
    """A model's file, and arrays by input name."""

    file: bytes
    inputs: Mapping[str, Array]


@functools.cache
def iris(*, holes: bool = False) -> tuple[Array, Array]:
    """Flowers as float32, and species. `holes` makes some numbers NaN."""
    from sklearn.datasets import load_iris

    features, species = load_iris(return_X_y=True)
    features = features.astype(np.float32)
    if holes:
        features[::5, 1] = np.nan
    return features, species
