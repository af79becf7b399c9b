"""Model files on local disk, by digest: downloaded once, hashed at every load, evicted least recently used first."""

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from maas.domain.catalog.versions import Artifact
from maas.domain.errors import ArtifactDamaged, ArtifactUnavailable, NotFound, Unavailable
from maas.platform.observability import count, logger
from maas.platform.timings import phase

GIB = 1024**3
CAPACITY = 4 * GIB
# Writes an artifact's bytes into a file and returns their SHA-256 (adapters.aws.artifact_download).
Download = Callable[[Artifact, Path], str]
# The errors of a full disk.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
# infra/logs.yaml counts the lines with this message.
_MESSAGE = "artifact is unavailable"


class ArtifactCache:
    """Files in `folder`, at most `capacity` bytes in all, including the file being added.

    Each file is alone in a folder of its own, because a model can name files beside it.
    """

    def __init__(self, download: Download, folder: Path | None = None, capacity: int = CAPACITY) -> None:
        self._download = download
        self._folder = folder or Path(tempfile.gettempdir()) / "maas-artifacts"
        self._capacity = capacity

    def path(self, artifact: Artifact) -> str:
        """The path of the file, whose SHA-256 is the artifact's. A damaged file is downloaded again.

        Raises:
            ArtifactDamaged: the store has other bytes.
            ArtifactUnavailable: the store does not have the file, or does not let this function read it.
            Unavailable: the store does not answer, or the disk has no room.
        """
        path = self._folder / artifact.sha256 / "model"
        try:
            with phase("load"):
                is_there = _verified(path, artifact.sha256)
            if not is_there:
                with phase("download"):
                    self._add(artifact, path)
        except OSError as error:
            logger.error("the disk fails", error=error.strerror)
            raise Unavailable("the model's file can't be stored; try again") from error
        return str(path)

    def _add(self, artifact: Artifact, path: Path) -> None:
        """Downloads into a temporary folder first, so that an incomplete file never has the digest's name."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_room(artifact.size)
        try:
            self._downloaded(artifact, path)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            self._free(artifact.size)  # others use the disk too
            self._downloaded(artifact, path)

    def _downloaded(self, artifact: Artifact, path: Path) -> None:
        partial = Path(tempfile.mkdtemp(dir=self._folder, prefix="."))
        try:
            self._download_verified(artifact, partial / "model")
            _remove(path.parent)
            partial.replace(path.parent)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _download_verified(self, artifact: Artifact, path: Path) -> None:
        """The digest is the one that the download computed, so a new file is not read once more."""
        try:
            if self._download(artifact, path) != artifact.sha256:
                raise ArtifactDamaged("its digest is another one")
        except (NotFound, ArtifactUnavailable) as error:
            logger.error(_MESSAGE, reason=error.message, sha256=artifact.sha256, key=artifact.storage_key)
            if isinstance(error, ArtifactDamaged):
                raise ArtifactDamaged("the model's stored file was changed after its check") from error
            raise ArtifactUnavailable("the model's file can't be read") from error

    def _make_room(self, size: int) -> None:
        files = sorted((_last_use(folder) for folder in self._folder.iterdir()), reverse=True)
        kept = size
        for _, length, folder in files:
            kept += length
            if kept > self._capacity:
                _remove(folder)

    def _free(self, size: int) -> None:
        """Removes the files that were not used for the longest time, `size` bytes of them."""
        for _, length, folder in sorted(_last_use(folder) for folder in self._folder.iterdir()):
            if size <= 0:
                return
            _remove(folder)
            size -= length


def _verified(path: Path, sha256: str) -> bool:
    """Returns whether the file exists and has this digest; it counts as a use. Raises OSError."""
    try:
        found = _digest(path)
        os.utime(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if found != sha256:
        logger.error("a model's file on disk is damaged; it is downloaded again", sha256=sha256)
        count("DamagedArtifactFiles")
    return found == sha256


def _digest(path: Path) -> str:
    """The SHA-256 of a regular file; empty for anything else in its place, such as a link or a pipe. Raises OSError."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(folder: Path) -> None:
    """Removes a folder, or whatever is in its place."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.unlink(missing_ok=True)


def _last_use(folder: Path) -> tuple[float, int, Path]:
    """(last use, size in bytes, folder); zeros if there is no file: a download broke off, or another one removed it."""
    try:
        stat = (folder / "model").stat()
    except OSError:
        return 0.0, 0, folder
    return stat.st_mtime, stat.st_size, folder
