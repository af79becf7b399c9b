"""The archive: a tar whose last entries are the manifest and its digest, so that one that breaks off is recognised.

Objects come first. So their names are final only when the last object is in, and the tables follow them.
"""

import contextlib
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol

from botocore.exceptions import BotoCoreError
from urllib3.exceptions import HTTPError

from local.archives.manifest import DIGEST, NAME, ArchiveManifest, Entry
from local.archives.progress import Progress
from local.errors import StackError

_CHUNK = 1024 * 1024


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int = ..., /) -> bytes: ...


class Unreadable(OSError):
    """A stream breaks off, or its source can't read it."""

    def __init__(self) -> None:
        super().__init__("a file can't be read")


class _Hashed:
    """Passes a stream on, with the digest of what was read. Raises Unreadable if it does not have all its bytes."""

    def __init__(self, stream: Readable, progress: Progress) -> None:
        self._stream, self._progress, self.sha256 = stream, progress, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        try:
            content = self._stream.read(size)
        except (OSError, BotoCoreError, HTTPError) as error:
            raise Unreadable from error
        if len(content) < size:  # tarfile asks for no more than the entry has
            raise Unreadable
        self.sha256.update(content)
        self._progress.add(len(content))
        return content


class Writer:
    """An archive in the making. `manifest` lists the entries so far."""

    def __init__(self, output: IO[bytes], manifest: ArchiveManifest, progress: Progress) -> None:
        self._output = output
        self._tar = tarfile.TarFile(fileobj=output, mode="w", format=tarfile.PAX_FORMAT, copybufsize=_CHUNK)
        self.manifest, self._progress = manifest, progress

    def add(self, name: str, size: int, stream: Readable, **about: Any) -> Entry:
        """Adds an entry of `size` bytes, or nothing.

        Raises:
            Unreadable: the stream has fewer, or can't be read.
            OSError: the disk is full.
        """
        hashed = _Hashed(stream, self._progress)
        start = self._tar.offset
        try:
            self._add(name, size, hashed)
        except Unreadable:
            self._cut(start)
            raise
        self.manifest.entries.append(Entry(name, size, hashed.sha256.hexdigest(), **about))
        return self.manifest.entries[-1]

    def add_file(self, name: str, file: Path) -> None:
        """Adds the content of a file."""
        with file.open("rb") as content:
            self.add(name, file.stat().st_size, content)

    def close(self) -> None:
        """Adds the manifest and ends the archive."""
        text = self.manifest.text()
        digest = hashlib.sha256(text).hexdigest().encode()
        self._add(NAME, len(text), io.BytesIO(text))
        self._add(DIGEST, len(digest), io.BytesIO(digest))
        self._tar.close()

    def _cut(self, start: int) -> None:
        """Removes what follows `start`: the head of an entry, and the part of it that could be read."""
        self._output.seek(start)
        self._output.truncate()
        self._tar.offset = start

    def _add(self, name: str, size: int, stream: Readable) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self._tar.addfile(entry, stream)


@contextlib.contextmanager
def created(file: Path, *, replace: bool) -> Iterator[tuple[IO[bytes], Path]]:
    """Yields the file to write to, and a folder beside it for what is not to stay. Only a whole archive gets the name.

    Raises:
        StackError: the file exists and is not to be replaced, or it can't be written.
    """
    folder = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        if file.exists() and (not replace or not file.is_file()):
            raise StackError(f"{file} exists already: choose another name, or --force to replace it")
        folder.mkdir(mode=0o700)
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            unfinished = folder / "archive"
            unfinished.touch(mode=0o600)
            with unfinished.open("wb") as output:
                yield output, folder
                output.flush()
                os.fsync(output.fileno())
            unfinished.replace(file)
    except OSError as error:
        raise StackError(f"{file} can't be written: {error.strerror or error}") from error
