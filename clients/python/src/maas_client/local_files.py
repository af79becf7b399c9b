"""Local files that are read once, and the errors that people get about them."""

import errno
import hashlib
import io
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from maas_client.errors import ChangedFile, EmptyFile, FileError, MaasError, MissingFile, NoSpace, UnreadableFile

_BLOCK = 1024 * 1024
_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Stopped(MaasError):
    """Nobody waits for the file any more."""


class SourceFile:
    """A file that is sent. Its size and times must stay as they were at the beginning.

    It is hashed once, and its parts are read in any order: what is sent is in the system's cache by then, or will be.
    """

    def __init__(self, path: Path, before: os.stat_result) -> None:
        self.path, self._before = path, before
        self.size = before.st_size
        self._known = ""

    def hash(self, stopped: Callable[[], bool] = lambda: False) -> str:
        """Returns the SHA-256 of the file in hexadecimal; reads it once. Raises UnreadableFile, Stopped."""
        self._known = self._known or sha256_of(self.path, stopped)
        return self._known

    def require_same(self) -> None:
        """Raises ChangedFile if the file is another one by now."""
        with readable(self.path):
            now = self.path.stat()
        before = self._before
        same = (now.st_size, now.st_mtime_ns, now.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
        if not same:
            raise changed(self.path)


def source_file(path: Path) -> SourceFile:
    """Returns a file for an upload. Raises MissingFile, UnreadableFile, EmptyFile."""
    with readable(path):
        if path.is_dir():
            raise FileError(f"{path} is a folder: a version is one file")
        handle = opened(path)
    with handle:
        source = SourceFile(path, os.fstat(handle.fileno()))
    if not source.size:
        raise EmptyFile(f"{path} is empty")
    return source


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turns the system's errors of reading into one sentence."""
    try:
        yield
    except FileNotFoundError:
        raise MissingFile(f"{path} does not exist") from None
    except UnicodeError:
        raise UnreadableFile(f"{path} is not a text in UTF-8") from None
    except OSError as error:
        raise UnreadableFile(f"{path} can't be read: {error.strerror}") from error
    except ValueError:  # of a name that no file can have
        raise MissingFile(f"{str(path)!r} is not the name of a file") from None


def read_text(path: Path) -> str:
    """Returns a text in UTF-8, without a byte-order mark. Raises MissingFile, UnreadableFile."""
    with readable(path):
        return read_bytes(path).decode("utf-8-sig").replace("\r\n", "\n")


def read_bytes(path: Path) -> bytes:
    """Returns a whole file. Raises MissingFile, UnreadableFile."""
    with readable(path), opened(path) as handle:
        return handle.read()


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turns the system's errors of writing into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpace(f"there is no space left for {path}") from error
        raise FileError(f"{path} can't be written: {error.strerror}") from error


def replaced(path: Path, content: bytes) -> None:
    """Writes a file in one step: another program sees it whole, or as it was before. Raises FileError, NoSpace."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with writable(path):
        try:
            new.write_bytes(content)
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)


def read_exactly(handle: BinaryIO, length: int) -> bytes:
    """Returns the next bytes, or fewer at the end: without a buffer, one read may stop short of it."""
    data = handle.read(length)
    while len(data) < length and (more := handle.read(length - len(data))):
        data += more
    return data


def is_text(name: str) -> bool:
    """Returns whether a name of the system can be written in UTF-8."""
    try:
        name.encode()
    except UnicodeError:
        return False
    return True


def require_space(folder: Path, size: int) -> None:
    """Raises NoSpace if the disk of a folder has less than `size` bytes."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise NoSpace(f"{folder} has {free:,} bytes left, and the file has {size:,}")


def sha256_of(path: Path, stopped: Callable[[], bool] = lambda: False) -> str:
    """Returns the SHA-256 of a whole file in hexadecimal. `stopped` is asked before each block.

    Raises MissingFile, UnreadableFile, Stopped.
    """
    digest = hashlib.sha256()
    with readable(path), opened(path) as handle:
        while block := handle.read(_BLOCK):
            if stopped():
                raise Stopped(f"{path} is not read any further")
            digest.update(block)
    return digest.hexdigest()


def read_at(path: Path, offset: int, length: int) -> bytes:
    """Returns bytes of a file. Raises ChangedFile if there are fewer, UnreadableFile."""
    with readable(path), opened(path) as handle:
        handle.seek(offset)
        data = read_exactly(handle, length)
    if len(data) != length:
        raise changed(path)
    return data


def opened(path: Path) -> io.FileIO:
    """Opens a file without a buffer. A pipe or a device, which may block for ever, raises FileError."""
    descriptor = os.open(path, os.O_RDONLY | _NO_WAIT)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        what = "is a folder" if stat.S_ISDIR(mode) else "is neither a file nor a folder"
        raise UnreadableFile(f"{path} can't be read: it {what}")
    return os.fdopen(descriptor, "rb", buffering=0)


def changed(path: Path) -> ChangedFile:
    """Returns the error about a file that is another one by now."""
    return ChangedFile(f"{path} changed while it was read: try again once it is complete")
