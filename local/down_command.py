"""`local/down`: ends the stack on a data folder in order."""

import contextlib
import time
from pathlib import Path

import click
import psutil

from local.console import say
from local.data import lock
from local.data.command import HELP_OPTIONS, data_option
from local.data.folder import DEFAULT
from local.errors import StackError

_TIMEOUT = 60.0  # seconds
_POLL = 0.1


@click.command(context_settings=HELP_OPTIONS)
@data_option
def down(data: Path | None) -> None:
    """Stop what runs on a data folder, and wait for its end."""
    folder = data or DEFAULT
    pid = lock.holder(folder)
    if not pid:
        say(f"nothing runs on {folder}")
        return
    if not _ends(pid, _TIMEOUT):
        raise StackError(f"process {pid} has not ended within {_TIMEOUT:g} s; its logs are in {folder}/logs")
    say(f"the stack on {folder} has stopped; its data stays")


def _ends(pid: int, timeout: float) -> bool:
    """Ends the process in order. Returns whether it has ended in time: it releases the folder a moment before."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.terminate()
        end = time.monotonic() + timeout
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > end:
                return False
            time.sleep(_POLL)
    return True
