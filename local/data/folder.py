"""Folders of a stack: a data folder that lasts, or a new one whose logs alone stay after the run."""

import contextlib
import json
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.data import incomplete, lock, manifest, stored
from local.data.manifest import Manifest
from local.data.removal import remove
from local.errors import StackError
from local.paths import ROOT

DEFAULT = ROOT / ".maas/data"
# Bytes that a start needs for logs and the stores' own files. With little more, the gateway refuses what needs space.
FREE_MIN = 32 * 1024 * 1024


class DataFolder:
    """An open data folder. `lasts` is false for a new folder that is removed at the end of the run.

    `run` is for files of this run alone; it is emptied at the start and at the end. The other folders belong to the
    stores of the same name, `streams` to the positions of stream pollers. `mail` has the messages that were sent.
    """

    def __init__(self, path: Path, lasts: bool) -> None:
        self.path, self.lasts = path, lasts
        self.run, self.logs = path / "run", path / "logs"
        self.aws, self.tables, self.s3, self.streams = (path / name for name in ("aws", "tables", "s3", "streams"))
        self.mail = path / "mail"
        self.ready_file = _ready_file(path)
        self._file = path / manifest.NAME
        self.manifest = Manifest.read(self._file) if self._file.exists() else Manifest()

    def save(self) -> None:
        """Writes the manifest."""
        self.manifest.write(self._file)

    def chosen(self, part: str, option: str) -> Any:
        """The kind of store for `part`: for "auto", the one that has the folder's data, if any."""
        return self.manifest.stores.get(part, option) if option == "auto" else option

    def keep_store(self, part: str, kind: str) -> None:
        """Writes down that the data of `part` is of a store of this kind. The first one stays for good."""
        if self.manifest.stores.setdefault(part, kind) != kind:
            raise StackError(
                f"{self.path} keeps its {part} in {self.manifest.stores[part]}, and not in {kind}: "
                f"use --{part} {self.manifest.stores[part]}, or another folder"
            )
        self.save()

    def keep_used(self) -> None:
        """Writes down that every store has its files: one that is missing later is lost."""
        self.manifest.used = True
        self.save()

    def prepare(self) -> None:
        """Makes the folders of the run. The logs of the last run stay in `logs.old`."""
        shutil.rmtree(self.run, ignore_errors=True)
        if self.logs.exists():
            shutil.rmtree(old := self.path / "logs.old", ignore_errors=True)
            self.logs.rename(old)
        for folder in (self.run, self.logs, self.aws, self.tables, self.streams):
            folder.mkdir(exist_ok=True)
        self.save()

    @property
    def temporary(self) -> tuple[Path, ...]:
        """Paths that only this run needs: in a folder that does not last, everything but the logs."""
        if self.lasts:
            return (self.run,)
        files = (self._file, self.path / lock.NAME)
        return (self.run, self.aws, self.tables, self.s3, self.streams, self.mail, *files)

    def clean_up(self) -> None:
        """Removes `temporary`."""
        for path in self.temporary:
            remove(path)


def _ready_file(path: Path) -> Path:
    """The file in a data folder that has the addresses of the running stack."""
    return path / lock.READY


def read_ready(path: Path) -> Any:
    """Returns the content of the running stack's ready file; None if nothing runs there, or is not ready yet."""
    if lock.holder(path) is None:
        return None
    try:
        return json.loads(_ready_file(path).read_text())
    except (FileNotFoundError, ValueError):
        return None


@contextlib.contextmanager
def opened(path: Path | None, *, restoring: bool = False, accept_loss: bool = False) -> Iterator[DataFolder]:
    """Opens and locks the folder at `path`, or a new one that does not last.

    A folder for `restoring` may have no data but that of a restore which broke off. Any other folder has to be whole,
    but for stores that are missing with `accept_loss`.

    Raises:
        StackError: the folder is in use, of a newer schema, damaged, of another user, or can't be written.
    """
    lasts = path is not None
    path = path.absolute() if path else Path(tempfile.mkdtemp(prefix="maas-"))
    make(path)
    with _problems(path):
        if shutil.disk_usage(path).free < FREE_MIN:
            raise StackError(f"the disk of {path} is full: a start needs {FREE_MIN // 1024**2} MiB")
    with contextlib.ExitStack() as stack:
        with _problems(path):
            stack.enter_context(lock.held(path))
            (incomplete.begin if restoring else incomplete.refuse)(path)
            stored.refuse_nameless(path)
            folder = DataFolder(path, lasts)
            if accept_loss:
                folder.manifest.forget_stores()
            else:
                stored.refuse_lost(path, folder.manifest)
            folder.prepare()
        stack.callback(folder.clean_up)
        yield folder


def make(path: Path) -> None:
    """Makes the folder if there is none.

    Raises:
        StackError: it can't be made, or what is there is not a data folder of this user.
    """
    with _problems(path):
        if not path.exists():
            path.mkdir(parents=True, mode=0o700)
        _check(path)
        (path / lock.NAME).touch(mode=0o600)


def _check(path: Path) -> None:
    if not path.is_dir():
        raise StackError(f"{path} is not a folder")
    owner = path.stat().st_uid
    if owner != os.geteuid():
        raise StackError(f"{path} belongs to {_user(owner)}: run MaaS as that user, or use another folder")
    if any(path.iterdir()) and not (path / manifest.NAME).exists() and not (path / lock.NAME).exists():
        raise StackError(f"{path} is not empty, and not a data folder of MaaS: use another folder")


def _user(number: int) -> str:
    try:
        return f"the user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"the user with the id {number}"


@contextlib.contextmanager
def _problems(path: Path) -> Iterator[None]:
    """Turns an error of the system into one line."""
    try:
        yield
    except OSError as error:
        raise StackError(f"{path} can't be used: {error.strerror}") from error
