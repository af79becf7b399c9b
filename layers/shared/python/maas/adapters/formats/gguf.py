"""GGUF: a header, key-value pairs, descriptions of tensors, and the tensors' bytes, each padded to the alignment.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import math
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maas.adapters.formats.findings import TENSORS_MAX, Found, digest_of_blocks, shown, tensor
from maas.adapters.formats.refusals import RefusedError, damaged
from maas.adapters.formats.source import Source

TENSORS_COUNT_MAX = 100_000
PAIRS_MAX = 10_000
_RANK_MAX, _ALIGNMENT_MAX, _LISTED = 4, 1 << 20, 8
_STRING, _ARRAY, _BOOL = 8, 9, 7
_NUMBERS: Mapping[int, str] = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
# The name of each type, the elements of a block and its bytes.
_TYPES: Mapping[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Tensor:
    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    size: int


class _Cursor:
    """Reads values one after another."""

    def __init__(self, file: Source) -> None:
        self._stream = file.stream()
        self._file = file
        self.at = 0

    def take(self, count: int, what: str) -> bytes:
        self._file.check(self.at, count, what)
        self.at += count
        return self._stream.read(count)

    def number(self, code: str, what: str) -> Any:
        return struct.unpack("<" + code, self.take(struct.calcsize(code), what))[0]

    def text(self, what: str) -> str:
        try:
            return self.take(self.number("Q", what), what).decode()
        except UnicodeDecodeError:
            raise damaged(f"{what} is not UTF-8") from None


def read(file: Source) -> Found:
    """Reads pairs, descriptions and each tensor's bytes. Raises RefusedError."""
    cursor = _Cursor(file)
    cursor.take(4, "its mark")
    version, count, pairs = (cursor.number(code, "its header") for code in "IQQ")
    if version not in (2, 3):
        raise RefusedError(f"it is GGUF of version {version}; versions 2 and 3 of the little-endian form are kept")
    if count > TENSORS_COUNT_MAX or pairs > PAIRS_MAX:
        raise RefusedError(
            f"it announces {count} tensors and {pairs} pairs; at most {TENSORS_COUNT_MAX} and {PAIRS_MAX} are read"
        )
    metadata = _metadata(cursor, pairs)
    alignment = metadata.get("general.alignment", 32)
    if type(alignment) is not int or not 8 <= alignment <= _ALIGNMENT_MAX or alignment % 8:
        raise damaged("general.alignment is not a multiple of 8")
    tensors = [_tensor(cursor) for _ in range(count)]
    if len({each.name for each in tensors}) != count:
        raise damaged("two tensors have one name")
    start = _aligned(cursor.at, alignment)
    _check_layout(tensors, file, start, alignment)
    kept = sorted(tensors, key=lambda each: shown(each.name))[:TENSORS_MAX]
    return Found(
        "gguf",
        details=_details(version, tensors, metadata),
        tensors=(
            tensor(each.name, each.dtype, each.shape, digest_of_blocks(file.blocks(start + each.begin, each.size)))
            for each in kept
        ),
        tensor_count=count,
    )


def _metadata(cursor: _Cursor, count: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(count):
        key = cursor.text("the name of a pair")
        if key in found:
            raise damaged(f"pair {shown(key)} occurs twice")
        found[key] = _value(cursor, cursor.number("I", "the type of a pair"), f"pair {shown(key)}")
    return found


def _value(cursor: _Cursor, kind: int, what: str) -> Any:
    if kind == _STRING:
        return cursor.text(what)
    if kind == _ARRAY:
        return _array(cursor, what)
    if kind not in _NUMBERS:
        raise damaged(f"{what} has an unknown type")
    number = cursor.number(_NUMBERS[kind], what)
    if isinstance(number, float):
        return number if math.isfinite(number) else str(number)
    return bool(number) if kind == _BOOL else number


def _array(cursor: _Cursor, what: str) -> Any:
    """The first elements of an array, and the number of all; arrays in arrays are refused."""
    kind, count = cursor.number("I", what), cursor.number("Q", what)
    if kind in _NUMBERS:
        size = struct.calcsize("<" + _NUMBERS[kind])
        cursor.take(min(count, 1 << 40) * size, what)
        return {"count": count}
    if kind != _STRING:
        raise RefusedError(f"{what} is an array of arrays, or of an unknown type")
    first = []
    for number in range(count):
        text = cursor.text(what)
        if number < _LISTED:
            first.append(text)
    return {"count": count, "first": first}


def _tensor(cursor: _Cursor) -> _Tensor:
    name = cursor.text("the name of a tensor")
    label = f"tensor {shown(name)}"
    rank = cursor.number("I", label)
    if rank > _RANK_MAX:
        raise damaged(f"{label} has {rank} dimensions; GGUF has at most {_RANK_MAX}")
    shape = tuple(cursor.number("Q", label) for _ in range(rank))
    kind, begin = cursor.number("I", label), cursor.number("Q", label)
    if kind not in _TYPES:
        raise RefusedError(f"{label} has the element type {kind}, which is not known")
    dtype, elements, size = _TYPES[kind]
    total = math.prod(shape)
    if total % elements or (shape and shape[0] % elements):
        raise damaged(f"{label} has rows that are no whole number of blocks")
    return _Tensor(name, dtype, shape, begin, total // elements * size)


def _aligned(at: int, alignment: int) -> int:
    return -(-at // alignment) * alignment


def _check_layout(tensors: list[_Tensor], file: Source, start: int, alignment: int) -> None:
    end = 0
    for each in sorted(tensors, key=lambda each: (each.begin, each.size)):
        if each.begin != _aligned(end, alignment):
            how = "overlaps the one before it" if each.begin < end else "leaves a gap before it"
            raise damaged(f"tensor {shown(each.name)} {how}")
        end = each.begin + each.size
        file.check(start + each.begin, each.size, f"tensor {shown(each.name)}")
    if file.size > _aligned(start + end, alignment):
        raise RefusedError(f"{file.size - start - end} bytes follow the last tensor, which the format does not allow")


def _details(version: int, tensors: list[_Tensor], metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": version,
        "architecture": str(metadata.get("general.architecture", "")),
        "tensor_count": len(tensors),
        "parameter_count": sum(math.prod(each.shape) for each in tensors),
        "dtypes": dict(sorted(Counter(each.dtype for each in tensors).items())),
        "metadata": metadata,
        "tensors": [{"name": each.name, "dtype": each.dtype, "shape": list(each.shape)} for each in tensors],
    }
