"""Element types that predictions support, and limits of a model's signature.

The validator's child process imports this module beside an untrusted file, so it imports nothing of maas
(docs/decisions/0006-what-a-validator-trusts.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

# Far above real models, and low enough for the registry to keep a signature in one record of the table, 400 KB.
TENSORS_MAX, TENSOR_NAME_MAX, RANK_MAX = 128, 256, 16
# Of the lengths of an input without elements, but for its zeros: numpy and ONNX Runtime multiply them too.
EMPTY_MAX = 2**31 - 1


class Family(Enum):
    FLOAT = "float"
    INTEGER = "integer"
    BOOL = "bool"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class DType:
    """An element type. `numpy` is numpy's name of it.

    `low` and `high` are the least and the greatest finite number.
    `exact_bits` is (bits of negative, bits of positive whole numbers) that the type holds without a gap.
    """

    family: Family
    numpy: str
    low: float = 0
    high: float = 0
    exact_bits: tuple[int, int] | None = None


def _signed(bits: int) -> DType:
    return DType(Family.INTEGER, f"int{bits}", -(2 ** (bits - 1)), 2 ** (bits - 1) - 1, (bits - 1, bits - 1))


def _unsigned(bits: int) -> DType:
    return DType(Family.INTEGER, f"uint{bits}", 0, 2**bits - 1, (0, bits))


def _float(numpy: str, high: float, precision: int) -> DType:
    """`precision` is the number of bits of the significand (IEEE 754-2019, table 3.5)."""
    return DType(Family.FLOAT, numpy, -high, high, (precision, precision))


# By ONNX's name. Other types (8-bit floats, bfloat16, 4-bit integers) are missing in numpy, so predictions lack them.
DTYPES: Mapping[str, DType] = {
    "float16": _float("float16", 65504.0, 11),
    # The shortest text of the largest one, which answers have, is a double a little above it, and rounds to it.
    "float": _float("float32", 3.4028235e38, 24),
    "double": _float("float64", 1.7976931348623157e308, 53),
    **{f"int{bits}": _signed(bits) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": _unsigned(bits) for bits in (8, 16, 32, 64)},
    "bool": DType(Family.BOOL, "bool"),
    "string": DType(Family.STRING, "object"),
}
