"""The files in which the stores of a data folder keep their data: whether they are there, and whole.

A store starts empty where it finds nothing. In a folder that was in use, that would look like the end of all accounts.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from local.data.checked import MOTO, TABLES
from local.data.manifest import NAME, Manifest
from local.errors import StackError

_MINIO = "s3/.minio.sys"
_FOLDERS = ("tables", "s3", "aws", "streams")
_CHECK_MAX = 2.0  # seconds, for about 2 GB
_ADVICE = "put it back, or restore a backup into a new folder (./local/restore FILE --data DIR)"


def problems(folder: Path) -> list[str]:
    """Lists what is missing in a folder, one line each. Raises StackError if `folder.json` is damaged."""
    if (folder / NAME).exists():
        return [*_lost(folder, Manifest.read(folder / NAME))]
    return [f"{folder / NAME} is missing"] if has_data(folder) else []


def has_data(folder: Path) -> bool:
    """Returns whether a store has files there."""
    return any(path.is_file() for name in _FOLDERS for path in (folder / name).rglob("*"))


def refuse_nameless(folder: Path) -> None:
    """Raises StackError if stores have files there, and `folder.json` is gone."""
    if not (folder / NAME).exists() and has_data(folder):
        raise StackError(f"{folder / NAME} is missing, and the folder has data: {_ADVICE}")


def refuse_lost(folder: Path, manifest: Manifest) -> None:
    """Raises StackError if a store of a folder that was in use is missing or empty, or not the one of `folder.json`."""
    for line in _lost(folder, manifest):
        raise StackError(f"{line}, and the folder was in use: {_ADVICE}, or begin with an empty one (--accept-loss)")
    kind = manifest.stores.get("tables")
    for other, file in TABLES.items():
        if kind and other not in (kind, "moto") and (folder / file).exists():
            raise StackError(f"{folder / NAME} has {kind} for tables, but there is {folder / file}: {_ADVICE}")


def refuse_damaged(file: Path, seconds: float = _CHECK_MAX) -> None:
    """Checks the structure of a closed file of SQLite, if there is one, for as long as this.

    Raises:
        StackError: it is damaged.
    """
    if not file.exists():
        return
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, check_same_thread=False)) as found,
            _ended_after(seconds, found),
        ):
            (problem,) = found.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            return
        problem = str(error)
    if problem != "ok":
        reason = problem.rpartition("\n")[2]
        raise StackError(f"{file} is damaged ({reason}): {_ADVICE}, or move it away and use --accept-loss")


def _lost(folder: Path, manifest: Manifest) -> Iterator[str]:
    """A line for each file that is missing or empty, although the stores were in use."""
    if not manifest.used:
        return
    wanted = {TABLES.get(manifest.stores.get("tables", ""), MOTO), MOTO}
    if manifest.stores.get("s3") == "minio":
        # MinIO writes down its buckets, and makes the folder of one that is gone anew.
        buckets = (path.name for path in (folder / _MINIO / "buckets").glob("[!.]*"))
        wanted |= {f"{_MINIO}/format.json", *(f"s3/{bucket}" for bucket in buckets)}
    for path in (folder / name for name in sorted(wanted)):
        if not path.is_dir() and not (path.is_file() and path.stat().st_size):
            yield f"{path} is missing or empty"


@contextlib.contextmanager
def _ended_after(seconds: float, database: sqlite3.Connection) -> Iterator[None]:
    """Interrupts what the database does after that time."""
    timer = threading.Timer(seconds, database.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
