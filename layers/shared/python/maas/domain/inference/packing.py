"""Elements as bytes: row-major and little-endian, strings as the Open Inference Protocol writes BYTES.

A string is four bytes with the number of its UTF-8 bytes, and those bytes.
https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

import struct
import sys
from array import array
from collections.abc import Sequence
from typing import Any

# By ONNX's name of the element type: the codes of the module array, which knows no float16.
_CODES = {
    "float": "f",
    "double": "d",
    "bool": "B",
    **{
        f"{sign}int{8 * size}": code
        for sign, codes in (("", "bhiq"), ("u", "BHIQ"))
        for size, code in zip((1, 2, 4, 8), codes, strict=True)
    },
}
_LENGTH = struct.Struct("<I")


def packed(dtype: str, elements: Sequence[Any]) -> bytes:
    """The bytes of elements that the type can hold. Floats are rounded to the nearest number of the type."""
    if dtype == "string":
        return b"".join(_LENGTH.pack(len(text)) + text for text in map(str.encode, elements))
    if dtype == "float16":
        return struct.pack(f"<{len(elements)}e", *elements)
    return _little(array(_CODES[dtype], elements)).tobytes()


def item_size(dtype: str) -> int:
    """The bytes of one element of a type other than string."""
    return 2 if dtype == "float16" else array(_CODES[dtype]).itemsize


def unpacked(dtype: str, data: bytes) -> tuple[Any, ...]:
    """The elements.

    Raises:
        ValueError: the bytes are not whole elements of the type, or a string is not UTF-8.
    """
    if dtype == "string":
        return tuple(text.decode() for text in texts(data))
    if dtype == "float16":
        return tuple(each[0] for each in struct.iter_unpack("<e", data))
    numbers = array(_CODES[dtype])
    numbers.frombytes(data)
    return tuple(map(bool, numbers)) if dtype == "bool" else tuple(_little(numbers))


def texts(data: bytes) -> list[bytes]:
    """The bytes of each string. Raises ValueError if a length goes past the end."""
    found, position, size = [], 0, len(data)
    while position < size:
        start = position + 4
        if start > size:
            raise ValueError("a length is cut off")
        position = start + int.from_bytes(data[position:start], "little")
        if position > size:
            raise ValueError("a string is cut off")
        found.append(data[start:position])
    return found


def _little(numbers: "array[Any]") -> "array[Any]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
