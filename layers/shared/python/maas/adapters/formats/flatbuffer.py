"""Reads FlatBuffers with every bound checked (https://flatbuffers.dev/internals)."""

import struct

from maas.adapters.formats.refusals import RefusedError, damaged

# Tables and numbers that are read: an offset may be used many times, so a small file could take forever.
READS_MAX = 5_000_000


class Buffer:
    """A whole FlatBuffer. `end` is the end of the last part that was read."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self.end = 0
        self._reads = 0

    def root(self) -> "Table":
        return Table(self, self.unpack("I", 0)[0])

    def unpack(self, code: str, at: int) -> tuple[int, ...]:
        return struct.unpack("<" + code, self.bytes_at(at, struct.calcsize("<" + code)))

    def bytes_at(self, at: int, count: int) -> memoryview:
        if at < 0 or at + count > len(self._data):
            raise damaged("a part of it lies outside the file")
        self._reads += 1 + count // 64
        if self._reads > READS_MAX + len(self._data) // 8:
            raise RefusedError("its parts are used too often to be read")
        self.end = max(self.end, at + count)
        return self._data[at : at + count]


class Table:
    """A table: the offsets of its fields are in its vtable."""

    def __init__(self, buffer: Buffer, at: int) -> None:
        self._buffer, self._at = buffer, at
        self._vtable = at - buffer.unpack("i", at)[0]
        size, inline = buffer.unpack("HH", self._vtable)
        if size < 4 or size % 2 or inline < 4:
            raise damaged("a table has no fields")
        self._fields = buffer.unpack(f"{size // 2 - 2}H", self._vtable + 4)
        self._inline = inline
        buffer.bytes_at(at, inline)

    def _place(self, field: int, size: int) -> int:
        """The position of a field; 0 if the table does not have it."""
        offset = self._fields[field] if field < len(self._fields) else 0
        if offset and offset + size > self._inline:
            raise damaged("a field lies outside its table")
        return self._at + offset if offset else 0

    def number(self, field: int, code: str) -> int:
        """A number; 0 if the table does not have it."""
        place = self._place(field, struct.calcsize("<" + code))
        return self._buffer.unpack(code, place)[0] if place else 0

    def _target(self, field: int) -> int:
        place = self._place(field, 4)
        return place + self._buffer.unpack("I", place)[0] if place else 0

    def table(self, field: int) -> "Table | None":
        target = self._target(field)
        return Table(self._buffer, target) if target else None

    def data(self, field: int) -> memoryview:
        """The bytes of a vector of bytes."""
        target = self._target(field)
        return self._buffer.bytes_at(target + 4, self._buffer.unpack("I", target)[0]) if target else memoryview(b"")

    def text(self, field: int) -> str:
        return bytes(self.data(field)).decode(errors="replace")

    def numbers(self, field: int, code: str) -> tuple[int, ...]:
        target = self._target(field)
        return self._buffer.unpack(f"{self._buffer.unpack('I', target)[0]}{code}", target + 4) if target else ()

    def tables(self, field: int) -> list["Table"]:
        start = self._target(field) + 4
        return [Table(self._buffer, start + 4 * n + offset) for n, offset in enumerate(self.numbers(field, "I"))]
