"""Contents of S3 objects and parts: one file for each, written once, under a name that is never used again."""

import os
import threading
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from moto.s3.models import FakeKey

from local.servers.moto.store import sync_folder

_get_state = FakeKey.__getstate__
_set_state = FakeKey.__setstate__


class Gone(Exception):
    """The object or part is being removed."""


class StoredBody:
    """Takes the place of moto's buffer of an object. The content is in its file alone, and not in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._position = 0

    def seek(self, position: int) -> None:
        """Sets where the next read begins."""
        self._position = position

    def read(self, size: int = -1) -> bytes:
        """Reads on from the position."""
        with self.path.open("rb") as file:
            file.seek(self._position)
            content = file.read(size)
        self._position += len(content)
        return content

    def close(self) -> None:
        """Does nothing: the file is removed once no document names it."""


def apply() -> None:
    """Makes moto's copies of objects, which each list of versions needs, copies without the content."""
    FakeKey.__getstate__ = _state_without_content  # type: ignore[method-assign, assignment]
    FakeKey.__setstate__ = _take_state  # type: ignore[method-assign, assignment]


def _state_without_content(key: FakeKey) -> dict[str, Any]:
    if not isinstance(key._value_buffer, StoredBody):
        return _get_state(key)
    return {name: value for name, value in vars(key).items() if name != "lock"}


def _take_state(key: FakeKey, state: dict[str, Any]) -> None:
    if "_value_buffer" not in state:
        _set_state(key, state)
        return
    vars(key).update(state)
    key.lock = threading.Lock()


class Bodies:
    """The folder of the contents."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def name(self, key: FakeKey) -> str:
        """Writes the content of an object or part, unless it is in a file already. Returns the file's name.

        Raises:
            Gone: another call is removing the object or part.
        """
        with key.lock:
            if key.disposed:
                raise Gone
            if isinstance(key._value_buffer, StoredBody):
                return key._value_buffer.path.name
            path = self._folder / uuid.uuid4().hex
            try:
                key.etag  # noqa: B018 - moto computes it from the buffer when it is first asked for
                _copy(key._value_buffer, path)
            except BaseException as error:
                path.unlink(missing_ok=True)
                if key.disposed and isinstance(error, ValueError):  # the buffer is closed
                    raise Gone from error
                raise
            sync_folder(self._folder)
            key._value_buffer.close()
            key._value_buffer = StoredBody(path)  # type: ignore[assignment]
            key.multipart = None  # moto would read the upload's parts, whose contents are removed
            return path.name

    def attach(self, key: FakeKey, name: str, size: int) -> None:
        """Gives a restored object or part its content. Raises ValueError if it is not there."""
        path = self._folder / name
        if not path.is_file() or path.stat().st_size != size:
            raise ValueError(f"the content {path} is missing or has another size")
        key._value_buffer.close()
        key._value_buffer = StoredBody(path)  # type: ignore[assignment]
        key.contentsize = size

    def remove(self, names: Iterable[str]) -> None:
        """Removes contents."""
        for name in names:
            (self._folder / name).unlink(missing_ok=True)

    def keep_only(self, names: set[str]) -> None:
        """Removes what a killed server has left: contents that no document names."""
        self.remove(path.name for path in self._folder.iterdir() if path.name not in names)


def _copy(source: Any, path: Path) -> None:
    source.seek(0)
    with path.open("xb") as file:
        while block := source.read(2**20):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
