"""The tables as they were at one moment: a copy of the file that the table store writes, served by a second process.

All three table stores keep a file of SQLite, whose backup API gives the last committed state while another process
writes. A scan of the running store would not do: it reads each item at another moment.
"""

import contextlib
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from local.archives.place import engine
from local.data.checked import MOTO, TABLES
from local.errors import StackError
from local.servers import launchers, table_stores
from local.servers.managed_process import ManagedProcess, ProcessSpec
from local.servers.ports import free_port

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BUSY = 10.0  # seconds that the copy waits for a commit


@contextlib.asynccontextmanager
async def snapshot(data: Path, kind: str, keys: Mapping[str, str], scratch: Path) -> "AsyncIterator[DynamoDBClient]":
    """Yields a client of the copy. Raises StackError if the file can't be copied or the second process not started."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        source = data / TABLES[kind]
        _copy(source, Path(folder) / source.name)
        port = free_port()
        process = ManagedProcess(_spec(kind, port, Path(folder)), Path(folder) / "engine.log", lambda _reason: None)
        try:
            await process.start()
            yield engine(port, keys)
        finally:
            await process.stop()


def _copy(source: Path, target: Path) -> None:
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=_BUSY)) as before,
            contextlib.closing(sqlite3.connect(target)) as after,
        ):
            after.execute("PRAGMA synchronous = OFF")  # nobody needs the copy after a crash
            before.backup(after)
            if source.match(MOTO):  # it would look for the files of its S3, which are not copied
                after.execute("DELETE FROM documents WHERE service != 'dynamodb'")
                after.commit()
    except sqlite3.Error as error:
        raise StackError(f"{source} can't be copied: {error}") from error


def _spec(kind: str, port: int, folder: Path) -> ProcessSpec:
    if kind == "moto":
        return launchers.moto(port, folder)
    store = table_stores.choose(kind)  # type: ignore[arg-type]
    assert store is not None
    return store.process(port, folder)
