"""UBJSON as XGBoost writes it: plain objects and arrays, and typed arrays of numbers (https://ubjson.org)."""

import struct
import sys
from array import array
from typing import Any

from maas.adapters.formats.findings import shown
from maas.adapters.formats.refusals import RefusedError, damaged

DEPTH_MAX = 64
_SIZES = {b"i": ">b", b"U": ">B", b"I": ">h", b"u": ">H", b"l": ">i", b"m": ">I", b"L": ">q", b"d": ">f", b"D": ">d"}
_LENGTHS = frozenset(b"iUIulmL")
_CONSTANTS: dict[bytes, Any] = {b"Z": None, b"T": True, b"F": False}


def loads(data: bytes) -> Any:
    """Parses a value that takes all bytes. Raises RefusedError."""
    parser = _Parser(data)
    found = parser.value(parser.take(1), 0)
    if parser.at != len(data):
        raise RefusedError(f"{len(data) - parser.at} bytes follow the end of the model")
    return found


class _Parser:
    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self._data):
            raise damaged("it is cut off, or announces more than it has")
        self.at += count
        return self._data[self.at - count : self.at]

    def value(self, kind: bytes, depth: int) -> Any:
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if code := _SIZES.get(kind):
            return struct.unpack(code, self.take(struct.calcsize(code)))[0]
        if kind in b"SC":
            return self._text() if kind == b"S" else self.take(1).decode("latin-1")
        if depth >= DEPTH_MAX:
            raise damaged(f"it is nested deeper than {DEPTH_MAX} levels")
        if kind == b"{":
            return self._object(depth + 1)
        if kind == b"[":
            return self._array(depth + 1)
        raise damaged("it has a value of an unknown type")

    def _length(self) -> int:
        kind = self.take(1)
        if kind[0] not in _LENGTHS:
            raise damaged("a length is not a whole number")
        length = self.value(kind, 0)
        if length < 0:
            raise damaged("a length is negative")
        return int(length)

    def _text(self) -> str:
        try:
            return self.take(self._length()).decode()
        except UnicodeDecodeError:
            raise damaged("a text is not UTF-8") from None

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._data[self.at : self.at + 1] != b"}":
            key = self._text()
            if key in found:
                raise damaged(f"key {shown(key)} occurs twice")
            found[key] = self.value(self.take(1), depth)
        self.at += 1
        return found

    def _array(self, depth: int) -> Any:
        if self._data[self.at : self.at + 1] == b"$":
            self.at += 1
            return self._typed(self.take(1))
        if self._data[self.at : self.at + 1] == b"#":
            self.at += 1
            return [self.value(self.take(1), depth) for _ in range(self._length())]
        found = []
        while self._data[self.at : self.at + 1] != b"]":
            found.append(self.value(self.take(1), depth))
        self.at += 1
        return found

    def _typed(self, kind: bytes) -> Any:
        if kind not in _SIZES or self.take(1) != b"#":
            raise damaged("a typed array has no numbers, or no length")
        found = array(_SIZES[kind][1:])
        found.frombytes(self.take(self._length() * found.itemsize))
        if sys.byteorder == "little":
            found.byteswap()
        return found
