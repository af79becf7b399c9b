"""Every number of an array comes back with the same bits, and the text is JSON."""

import json
from typing import Any

import numpy as np
import pytest

from maas.adapters.onnx.array_contents import encoded, family
from maas.domain.tensor_rules import DTYPES, Family


@pytest.mark.parametrize(("dtype", "bits"), [("float16", "uint16"), ("float32", "uint32"), ("float64", "uint64")])
def test_a_float_comes_back_with_the_same_bits(dtype: str, bits: str) -> None:
    random = np.random.default_rng(0)
    drawn = random.integers(0, np.iinfo(bits).max, 100_000, dtype=bits, endpoint=True).view(dtype)
    numbers = drawn[np.isfinite(drawn)]

    back = np.array(json.loads(encoded(numbers)), np.float64).astype(dtype)

    assert np.array_equal(back.view(bits), numbers.view(bits))


def test_a_float_is_the_shortest_decimal_of_its_type() -> None:
    assert encoded(np.array([0.1, 5], np.float32)) == b"[0.1,5.0]"


def test_nan_and_infinities_are_null() -> None:
    assert encoded(np.array([np.nan, np.inf, -np.inf], np.float32)) == b"[null,null,null]"


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (0, 4), (1, 2, 3), (1,) * 16])
@pytest.mark.parametrize("name", DTYPES)
def test_every_shape_and_type_is_nested_lists(name: str, shape: tuple[int, ...]) -> None:
    array: Any = np.full(shape, "ä" if name == "string" else 1, DTYPES[name].numpy)

    assert json.loads(encoded(array)) == array.tolist()
    assert family(array) is DTYPES[name].family


@pytest.mark.parametrize("name", [name for name, dtype in DTYPES.items() if dtype.family is Family.INTEGER])
def test_the_limits_of_integers_are_exact(name: str) -> None:
    limits = [int(DTYPES[name].low), int(DTYPES[name].high)]

    assert json.loads(encoded(np.array(limits, DTYPES[name].numpy))) == limits
