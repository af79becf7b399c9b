"""Locks between processes. The system drops them when a process ends, however it ends."""

import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO

import anyio

from maas_client.local_files import writable

# A pipe in the place of a lock is an error, and not a wait for its reader.
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
_PAUSE = 0.05  # seconds

if sys.platform == "win32":
    import msvcrt

    def _acquire(handle: IO[bytes]) -> bool:
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _acquire(handle: IO[bytes]) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Waits for the lock of a file as `locked` does, and blocks meanwhile. Raises FileError."""
    with _opened(path) as handle:
        while not _acquire(handle):
            time.sleep(_PAUSE)
        yield


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Waits for the lock of a file, which is made if it is missing. A waiter can be cancelled. Raises FileError."""
    with _opened(path) as handle:
        while not _acquire(handle):  # noqa: ASYNC110 - no event comes from another process
            await anyio.sleep(_PAUSE)
        yield


def _opened(path: Path) -> IO[bytes]:
    with writable(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.fdopen(os.open(path, _FLAGS, 0o600), "ab")
