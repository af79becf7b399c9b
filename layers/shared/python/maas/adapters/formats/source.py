"""The file that the validator's child reads: by position and in blocks, so that its memory does not depend on the size.

The child may open no file, so it reads the descriptor that it was started with.
"""

import io
import os
from collections.abc import Callable, Iterator
from typing import Self

from maas.adapters.formats.refusals import RefusedError

BLOCK = 1 << 20


Pread = Callable[[int, int], bytes]


class Source:
    """An untrusted file. Reads never go past its end without a refusal that says so."""

    def __init__(self, pread: Pread, size: int) -> None:
        self._pread = pread
        self.size = size

    @classmethod
    def opened(cls, descriptor: int) -> Self:
        """The file of a descriptor, which can seek."""
        return cls(lambda count, at: os.pread(descriptor, count, at), os.fstat(descriptor).st_size)

    @classmethod
    def of(cls, data: bytes) -> Self:
        """A file inside another one, in memory."""
        return cls(lambda count, at: data[at : at + count], len(data))

    def head(self, count: int, at: int = 0) -> bytes:
        """At most `count` bytes from `at` on."""
        parts, end = [], at + count
        while at < end and (part := self._pread(min(end - at, BLOCK), at)):
            parts.append(part)
            at += len(part)
        return b"".join(parts)

    def take(self, at: int, count: int, what: str) -> bytes:
        """Exactly `count` bytes from `at` on, which are `what`. Raises RefusedError if the file ends before."""
        self.check(at, count, what)
        return self.head(count, at)

    def check(self, at: int, count: int, what: str) -> None:
        """Raises RefusedError unless the file has `count` bytes from `at` on."""
        if at + count > self.size:
            raise RefusedError(f"the file is cut off, or damaged: {what} needs {at + count - self.size} more bytes")

    def blocks(self, at: int, count: int) -> Iterator[bytes]:
        """The bytes of a range, block by block."""
        end = at + count
        while at < end and (part := self._pread(min(BLOCK, end - at), at)):
            yield part
            at += len(part)

    def stream(self, at: int = 0, count: int | None = None) -> io.BufferedReader:
        """A reader of a range; it can seek, and its position 0 is `at`."""
        size = self.size - at if count is None else count
        return io.BufferedReader(_Range(self._pread, at, size), 1 << 16)


class _Range(io.RawIOBase):
    def __init__(self, pread: Pread, start: int, size: int) -> None:
        self._pread, self._start, self._size, self._at = pread, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a position before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        count = max(0, min(len(buffer), self._size - self._at))
        part = self._pread(count, self._start + self._at)
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)
