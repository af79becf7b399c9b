"""The lock of a data folder, which holds the id of the process that runs a stack on it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from local.errors import StackError

NAME = "lock"


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds the lock. The kernel releases it if the process is killed.

    Raises:
        StackError: a stack runs on the folder.
    """
    with (folder / NAME).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise in_use(folder, _pid(file.fileno())) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
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
        with (folder / NAME).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _pid(file.fileno())
    except FileNotFoundError:
        pass
    return None


def _pid(descriptor: int) -> int:
    """The id in the file, or 0 in the moment before it is written."""
    return int(os.pread(descriptor, 20, 0) or 0)
