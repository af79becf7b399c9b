"""A state folder: `state.db` has documents of JSON in SQLite, `objects/` the contents of S3's objects.

A commit is on disk (fsync of SQLite's write-ahead log) before `write` returns. Other processes may read the file
meanwhile, which a backup needs. JSON in a schema of our own, and not pickle, keeps the folder readable after an upgrade
of moto.
"""

import fcntl
import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.servers.moto import documents

SCHEMA = 1
_OURS = 0x4D614153  # "MaaS", SQLite's application id
_RESERVE = 16 * 2**20  # bytes; below that, changes are refused before they are tried
_CREATE = f"""
    CREATE TABLE documents(
        service TEXT, key TEXT, value TEXT NOT NULL, crc INTEGER NOT NULL, PRIMARY KEY(service, key)
    );
    PRAGMA application_id = {_OURS};
    PRAGMA user_version = {SCHEMA};
"""
_PUT = """
    INSERT INTO documents VALUES(?, ?, ?, ?)
    ON CONFLICT(service, key) DO UPDATE SET value = excluded.value, crc = excluded.crc
"""
_DELETE = "DELETE FROM documents WHERE service = ? AND key = ?"

Changes = Mapping[tuple[str, str], str | None]  # text of each changed document by service and key; None: it is gone


class StateError(Exception):
    """The folder can't be used. The message is one line with the file and what to do."""


class Store:
    """An open folder. Each method may be called by any thread."""

    def __init__(self, folder: Path) -> None:
        """Opens the folder, or creates it.

        Raises:
            StateError: it is in use, damaged, of a newer release, or can't be written.
        """
        self.file, self.contents = folder / "state.db", folder / "objects"
        self._lock = threading.Lock()
        self._folder = _locked(folder, self.contents)
        if not self.file.exists() and any(self.contents.iterdir()):
            advice = f"restore it from a backup, or move {self.contents} away to begin empty"
            raise StateError(f"{self.file} is missing: {advice}")
        try:
            if not self.file.exists():
                _create(self.file)
            self._connection = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
            self._check()
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
        except (sqlite3.OperationalError, OSError) as error:
            raise StateError(f"{self.file} can't be opened for writing: {error}") from error
        except sqlite3.DatabaseError as error:
            raise self.damaged(str(error)) from error

    def damaged(self, problem: str) -> StateError:
        """The error of content that can't be read."""
        advice = "restore it from a backup, or move its folder away to begin with an empty one"
        return StateError(f"{self.file} is damaged ({problem}): {advice}")

    def read(self, service: str) -> Iterator[tuple[str, Any]]:
        """Yields key and value of each document in the order of their creation. Raises StateError if one is damaged."""
        select = "SELECT key, value, crc FROM documents WHERE service = ? ORDER BY rowid"
        try:
            for key, text, crc in self._connection.execute(select, (service,)):
                if zlib.crc32(text.encode()) != crc:
                    raise self.damaged(f"checksum of {service} {key}")
                yield key, documents.loads(text)
        except (sqlite3.Error, json.JSONDecodeError) as error:
            raise self.damaged(str(error)) from error

    def keys(self, service: str, prefix: str) -> list[str]:
        """The keys that begin with `prefix`."""
        select = "SELECT key FROM documents WHERE service = ? AND substr(key, 1, ?) = ?"
        with self._lock:
            return [key for (key,) in self._connection.execute(select, (service, len(prefix), prefix))]

    def write(self, changes: Changes) -> None:
        """Commits all changes or, raising sqlite3.Error, none."""
        put = [(*key, text, zlib.crc32(text.encode())) for key, text in changes.items() if text is not None]
        gone = [key for key, text in changes.items() if text is None]
        with self._lock:
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.executemany(_PUT, put)
                connection.executemany(_DELETE, gone)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def has_room(self, size: int = 0) -> bool:
        """Returns whether `size` bytes more would leave enough of the disk."""
        disk = os.statvfs(self.file.parent)
        return disk.f_bavail * disk.f_frsize - size > _RESERVE

    def close(self) -> None:
        """Closes the folder after the call that is writing."""
        with self._lock:
            self._connection.close()
            os.close(self._folder)

    def _check(self) -> None:
        """Raises StateError, or DatabaseError, if the file is damaged or newer."""
        (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        (schema,) = self._connection.execute("PRAGMA user_version").fetchone()
        if found != "ok":
            raise self.damaged(found)
        if application != _OURS:
            raise self.damaged("it is not a file of this program")
        if schema != SCHEMA:
            advice = "start the release that wrote it, or use another folder"
            raise StateError(f"{self.file} has schema {schema}, and this release reads schema {SCHEMA}: {advice}")


def _locked(folder: Path, contents: Path) -> int:
    """Creates the folder, and keeps other servers out of it for as long as the descriptor is open."""
    try:
        contents.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StateError(f"{folder} can't be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StateError(f"{folder} is in use by another server") from error
    return descriptor


def _create(file: Path) -> None:
    """Creates the file whole: a kill never leaves an empty one, so an empty one is damaged."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    connection = sqlite3.connect(draft)
    connection.executescript(_CREATE)
    connection.close()
    draft.replace(file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Makes new and removed names in `folder` last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
