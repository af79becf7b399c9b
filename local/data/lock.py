"""The lock of a data folder. The file `lock` has the id of the process that runs a stack on it.

The folder itself is locked and not the file, so that the lock holds if the file is removed.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from local.errors import StackError

NAME = "lock"
READY = "run/ready.json"


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds the lock. The kernel releases it if the process is killed.

    Raises:
        StackError: a stack runs on the folder.
    """
    with _opened(folder) as descriptor:
        if not _locks(descriptor, fcntl.LOCK_EX):
            raise in_use(folder, _pid(folder))
        (folder / NAME).write_text(str(os.getpid()))
        yield


def in_use(folder: Path, pid: int) -> StackError:
    """The error of a second stack on a folder."""
    process = f"process {pid}" if pid else "a process that just starts"
    return StackError(
        f"a stack runs on {folder} already ({process}): ./local/down ends it, --data DIR or --fresh use another folder"
    )


def holder(folder: Path) -> int | None:
    """The id of the process that holds the lock (0 before it is written); None if nothing runs on the folder."""
    try:
        with _opened(folder) as descriptor:
            return None if _locks(descriptor, fcntl.LOCK_SH) else _pid(folder)
    except (FileNotFoundError, NotADirectoryError):
        return None


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locks(descriptor: int, kind: int) -> bool:
    """Takes the lock, and returns whether it could be had."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(folder: Path) -> int:
    """The id in the file, or of the stack that is ready; 0 in the moment before it is written."""
    with contextlib.suppress(OSError, ValueError):
        return int((folder / NAME).read_text())
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return int(json.loads((folder / READY).read_text())["pid"])
    return 0
