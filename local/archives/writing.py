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

from local.archives.manifest import DIGEST, NAME, ArchiveManifest, Entry
from local.archives.progress import Progress
from local.errors import StackError

_CHUNK = 1024 * 1024


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int = ..., /) -> bytes: ...


class _Hashed:
    """Passes a stream on, with the digest of what was read."""

    def __init__(self, stream: Readable, progress: Progress) -> None:
        self._stream, self._progress, self.sha256 = stream, progress, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self.sha256.update(content)
        self._progress.add(len(content))
        return content


class Writer:
    """An archive in the making. `manifest` lists the entries so far."""

    def __init__(self, output: IO[bytes], manifest: ArchiveManifest, progress: Progress) -> None:
        self._tar = tarfile.TarFile(fileobj=output, mode="w", format=tarfile.PAX_FORMAT, copybufsize=_CHUNK)
        self.manifest, self._progress = manifest, progress

    def add(self, name: str, size: int, stream: Readable, **about: Any) -> Entry:
        """Adds an entry of `size` bytes. Raises OSError if the stream has fewer, or the disk is full."""
        hashed = _Hashed(stream, self._progress)
        self._add(name, size, hashed)
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
    if file.exists() and (not replace or not file.is_file()):
        raise StackError(f"{file} exists already: choose another name, or --force to replace it")
    folder = file.with_name(f".{file.name}.{os.getpid()}")
    try:
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
