"""The arguments of a pickle's opcodes, read as CPython's unpicklers read them, and bounded in memory.

There are two unpicklers, in C and in Python, and they differ. What one of them takes is taken here.
"""

import pickletools
import re
from typing import Final

from maas.adapters.formats.source import Source

# The part of an argument that is kept. What is longer is read past, and counts as unknown.
KEPT = 1 << 16
_OPCODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}
# Base 0, as in 0x1, 0o7 and 1_0; C's strtol takes 010 as well, and C ends a number at a zero byte.
_NUMBER = re.compile(rb"\s*[+-]?[0-9][0-9A-Za-z_]*\s*(\0.*)?", re.DOTALL)
_COUNTS = {
    pickletools.TAKEN_FROM_ARGUMENT1: (1, False),
    pickletools.TAKEN_FROM_ARGUMENT4: (4, True),
    pickletools.TAKEN_FROM_ARGUMENT4U: (4, False),
    pickletools.TAKEN_FROM_ARGUMENT8U: (8, False),
}
_PAIRS = frozenset(("GLOBAL", "INST"))
_TEXTS = {
    "UNICODE": "raw-unicode-escape", "BINUNICODE": "utf-8", "SHORT_BINUNICODE": "utf-8", "BINUNICODE8": "utf-8",
    "STRING": "latin-1", "BINSTRING": "latin-1", "SHORT_BINSTRING": "latin-1",
}  # fmt: skip


class FailsError(Exception):
    """An unpickler fails here, so it executes nothing from here on."""


class ReachedError(Exception):
    """An unpickler imports or calls something here, or may do so."""


class Unknown:
    """A text that is not known, because it is long or has escapes."""


UNKNOWN: Final = Unknown()
# A whole number, a text, a pair of names, or nothing that matters.
Argument = int | str | Unknown | tuple[str, str] | None


class Tape:
    """The bytes of a file that may be a pickle."""

    def __init__(self, file: Source, at: int) -> None:
        self._stream = file.stream(at)
        self._size = file.size - at

    def opcode(self) -> pickletools.OpcodeInfo:
        found = _OPCODES.get(self._exactly(1))
        if found is None:
            raise FailsError
        return found

    def argument(self, opcode: pickletools.OpcodeInfo) -> Argument:
        """The argument. Raises FailsError if both unpicklers fail on it."""
        if opcode.arg is None:
            return None
        if opcode.name in _PAIRS:
            return self._line()[0].decode(), self._line()[0].decode()
        if opcode.arg.n > 0:
            return int.from_bytes(self._exactly(opcode.arg.n), "little")
        if opcode.arg.n in _COUNTS:
            return _text(opcode.name, *self._counted(*_COUNTS[opcode.arg.n]))
        return _of_line(opcode.name, *self._line())

    def _exactly(self, count: int) -> bytes:
        found = self._stream.read(count)
        if len(found) < count:
            raise FailsError
        return found

    def _counted(self, width: int, signed: bool) -> tuple[bytes, bool]:
        """The first bytes of an argument with a length, and whether these are all."""
        count = int.from_bytes(self._exactly(width), "little", signed=signed)
        if not 0 <= count <= self._size - self._stream.tell():
            raise FailsError
        head = self._exactly(min(count, KEPT))
        self._stream.seek(count - len(head), 1)
        return head, len(head) == count

    def _line(self) -> tuple[bytes, bool]:
        """The first bytes of a line, and whether these are all.

        Python's unpickler drops the last byte of a line, also at the end of the file where it is no line break.
        """
        head = part = self._stream.readline(KEPT)
        if not head:
            raise FailsError
        while len(part) == KEPT and not part.endswith(b"\n"):
            part = self._stream.readline(KEPT)
        whole = part is head
        return (head[:-1] if whole else head), whole


def _of_line(name: str, line: bytes, whole: bool) -> Argument:
    if name in ("INT", "LONG", "GET", "PUT"):
        return _number(name, line, whole)
    if name == "FLOAT" and whole:
        float(line.partition(b"\0")[0])
    if name == "PERSID":
        line.decode("ascii")
    if name == "STRING":
        if line[:1] not in (b"'", b'"'):
            raise FailsError
        return _text(name, line.rstrip()[1:-1], whole and b"\\" not in line)
    return _text(name, line, whole)


def _number(name: str, line: bytes, whole: bool) -> Argument:
    if not _NUMBER.fullmatch(line):
        raise FailsError
    if name in ("INT", "LONG"):
        return None
    if not whole or len(line) > 4000:  # a longer one can be any number: Python's versions differ
        raise ReachedError
    return int(line.partition(b"\0")[0])


def _text(name: str, content: bytes, whole: bool) -> str | Unknown | None:
    if name not in _TEXTS:
        return None
    return content.decode(_TEXTS[name], "surrogatepass" if "BINUNI" in name else "strict") if whole else UNKNOWN
