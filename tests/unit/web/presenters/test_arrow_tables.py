"""Outputs as Arrow: pyarrow reads the numbers that were there, bit by bit."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from maas.domain.errors import InvalidInput
from maas.domain.inference.outputs import Output
from maas.domain.inference.packing import packed
from maas.domain.tensor_rules import DTYPES, Family
from maas.web.presenters.arrow_tables import arrow_stream


def raw(dtype: str, shape: tuple[int, ...], elements: list[Any]) -> Output:
    return Output(packed(dtype, elements), shape, dtype)


def read(**outputs: Output) -> pa.Table:
    return pa.ipc.open_stream(arrow_stream(outputs)).read_all()


@pytest.mark.parametrize("dtype", [name for name, dtype in DTYPES.items() if dtype.family is not Family.STRING])
@pytest.mark.parametrize("rows", [0, 1, 9, 1000])
def test_each_element_type_keeps_its_bits(dtype: str, rows: int) -> None:
    bits = np.random.default_rng(0).integers(0, 256, rows * 8, np.uint8).tobytes()
    if dtype == "bool":
        bits = bytes(byte & 1 for byte in bits)
    numbers = np.frombuffer(bits[: rows * np.dtype(DTYPES[dtype].numpy).itemsize], DTYPES[dtype].numpy)

    found = read(y=Output(numbers.tobytes(), (rows,), dtype))

    back = found["y"].combine_chunks().to_numpy(zero_copy_only=False)
    assert back.dtype == numbers.dtype
    assert back.tobytes() == numbers.tobytes()


def test_nan_and_infinities_are_told_apart() -> None:
    values = read(y=raw("float", (4,), [1.5, float("nan"), float("inf"), float("-inf")]))["y"].to_pylist()

    assert str(values) == "[1.5, nan, inf, -inf]"


def test_strings_are_columns() -> None:
    assert read(y=raw("string", (3,), ["é", "", "a\nb"]))["y"].to_pylist() == ["é", "", "a\nb"]


@pytest.mark.parametrize(
    ("shape", "rows"),
    [
        ((2, 1), [0, 1]),
        ((2, 3), [[0, 1, 2], [3, 4, 5]]),
        ((2, 2, 2), [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]),
        ((1, 2), [[0, 1]]),
        ((2, 0), [[], []]),
    ],
)
def test_more_dimensions_are_lists_of_fixed_size(shape: tuple[int, ...], rows: list[Any]) -> None:
    count = int(np.prod(shape))
    assert read(y=raw("int64", shape, [*range(count)]))["y"].to_pylist() == rows


def test_each_output_is_a_column() -> None:
    found = read(label=raw("string", (2,), ["a", "b"]), score=raw("float", (2, 2), [1, 2, 3, 4]))

    assert found.column_names == ["label", "score"]
    assert found.num_rows == 2


@pytest.mark.parametrize("shape", [(), (3,), (1, 2)])
def test_an_output_that_is_not_by_row_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput, match="outputs: z has no item for each row"):
        read(y=raw("int64", (2,), [0, 1]), z=raw("int64", shape, [*range(int(np.prod(shape)))]))


def test_a_table_has_at_most_10000_columns() -> None:
    with pytest.raises(InvalidInput, match="outputs: a table has at most 10000 columns"):
        read(y=raw("int8", (1, 10_001), [0] * 10_001))
