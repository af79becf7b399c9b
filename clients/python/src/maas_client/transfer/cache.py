"""The local cache of files: each is named by its SHA-256, and is complete as soon as it is there."""

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from maas_client.errors import CorruptCache, FileError
from maas_client.local_files import Stopped, readable, sha256_of, writable

_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class CachedFile:
    """A file of the cache, and whether its bytes are still those of its name."""

    path: Path
    sha256: str
    size: int
    intact: bool


class Cache:
    """The folder of cached files; by default the user's cache folder, or the one of MAAS_CACHE_DIR."""

    def __init__(self, folder: Path | None = None) -> None:
        set_by_user = os.environ.get("MAAS_CACHE_DIR")
        self.folder = folder or (Path(set_by_user) if set_by_user else platformdirs.user_cache_path("maas"))
        self._files = self.folder / "sha256"

    def path(self, sha256: str) -> Path:
        return self._files / sha256[:2] / sha256

    def verified(self, sha256: str, stopped: Callable[[], bool] = lambda: False) -> Path | None:
        """Returns the cached file, or None if there is none. Raises CorruptCache if its bytes are others."""
        path = self.path(sha256)
        if not path.exists():
            return None
        if sha256_of(path, stopped) != sha256:
            raise CorruptCache(f"{path} is not the file that was stored: delete it, then pull again")
        return path

    def add(self, partial: Path, sha256: str) -> Path:
        """Moves a complete file into the cache in one step."""
        path = self.path(sha256)
        with writable(path):
            with partial.open("rb") as handle:
                os.fsync(handle.fileno())
            partial.chmod(0o444)
            partial.replace(path)
        return path

    def verify(self) -> Iterator[CachedFile]:
        """Reads all files, and yields for each whether it is intact."""
        for path in sorted(self._files.glob("??/*")):
            if len(path.name) == 64 and not path.suffix:
                with readable(path):
                    size = path.stat().st_size
                yield CachedFile(path, path.name, size, intact=sha256_of(path) == path.name)


def copy_to(source: Path, target: Path, stopped: Callable[[], bool] = lambda: False) -> Path:
    """Copies a file in one step: another process sees the old file or the whole new one.

    Raises NoSpace, FileError, Stopped.
    """
    if target.exists() and not target.is_file():
        raise FileError(f"{target} can't be written: it is not a file")
    with writable(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: with that of the target in it, it could be longer than names may be.
        written = target.parent / f".maas-{secrets.token_hex(8)}"
        try:
            with written.open("xb") as handle, source.open("rb") as original:
                while block := original.read(_BLOCK):
                    if stopped():
                        raise Stopped(f"{target} is not written any further")
                    handle.write(block)
                handle.flush()
                os.fsync(handle.fileno())
            written.replace(target)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
    return target
