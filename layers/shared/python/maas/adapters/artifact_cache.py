"""Model files on local disk, by digest: fetched once, hashed at every load, evicted least recently used first."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from maas.domain.catalog.versions import Artifact
from maas.domain.errors import NotFound, Unavailable
from maas.platform.observability import logger

GIB = 1024**3
Fetch = Callable[[str, str, str], tuple[str, int, str]]


class ArtifactCache:
    """Files in `folder`, at most `capacity` bytes in all, including the file being added.

    `fetch(key, path, object_version)` streams an object of the store into a file (ObjectStore.fetch).
    """

    def __init__(self, fetch: Fetch, folder: Path | None = None, capacity: int = 4 * GIB) -> None:
        self._fetch = fetch
        self._folder = folder or Path(tempfile.gettempdir()) / "maas-artifacts"
        self._capacity = capacity

    def read(self, artifact: Artifact) -> bytes:
        """The file's content, whose SHA-256 is the artifact's.

        Raises:
            Unavailable: the store does not have these bytes.
        """
        path = self._folder / artifact.sha256
        content = self._cached(path, artifact.sha256)
        if content is None:
            self._download(artifact, path)
            content = self._cached(path, artifact.sha256)
        if content is None:
            logger.error("artifact does not match its digest", sha256=artifact.sha256, key=artifact.storage_key)
            raise Unavailable("the model's file can't be read")
        return content

    def _cached(self, path: Path, sha256: str) -> bytes | None:
        """The file's bytes, or None. Removes a file whose digest is not its name."""
        try:
            content = path.read_bytes()
            os.utime(path)
        except FileNotFoundError:
            return None
        if hashlib.sha256(content).hexdigest() != sha256:
            path.unlink(missing_ok=True)
            return None
        return content

    def _download(self, artifact: Artifact, path: Path) -> None:
        """Downloads into a temporary file first, so that an incomplete file never has the digest's name."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_room(artifact.size)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as file:
            partial = Path(file.name)
        try:
            self._fetch(artifact.storage_key, str(partial), artifact.object_version)
            partial.replace(path)
        except NotFound:
            logger.error("artifact is not in the store", key=artifact.storage_key)
        finally:
            partial.unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        files = sorted((_last_use(path) for path in self._folder.iterdir()), reverse=True)
        kept = size
        for _, length, path in files:
            kept += length
            if kept > self._capacity:
                path.unlink(missing_ok=True)


def _last_use(path: Path) -> tuple[float, int, Path]:
    """(last use, size in bytes, path); zeros if another process has removed the file meanwhile."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return 0.0, 0, path
    return stat.st_mtime, stat.st_size, path
