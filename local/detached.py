"""Starts `up` as a process that goes on when its terminal is closed."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.data import folder, lock
from local.errors import StackError
from local.servers import processes

_POLL = 0.1  # seconds
LOG = "up.log"


def start(data: Path, arguments: Sequence[str]) -> Any:
    """Starts `local up` with these arguments but `--detach`; returns its ready file's content once everything answers.

    Raises:
        StackError: the process ended; the message has the end of its output.
    """
    folder.make(data)
    if (pid := lock.holder(data)) is not None:
        raise lock.in_use(data, pid)
    output = data / LOG
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "local", "up", *(word for word in arguments if word != "--detach")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        return _wait(data, output, process)
    except BaseException:
        process.terminate()
        process.wait()
        raise


def _wait(data: Path, output: Path, process: "subprocess.Popen[bytes]") -> Any:
    while (ready := folder.read_ready(data)) is None or ready["pid"] != process.pid:
        if process.poll() is not None:
            raise StackError(processes.tail(output).rpartition("Error: ")[2])
        time.sleep(_POLL)
    return ready
