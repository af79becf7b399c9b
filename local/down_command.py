"""`local/down`: ends the stack on a data folder in order."""

import os
import signal
import time
from pathlib import Path

import click

from local.console import say
from local.data import lock
from local.data.command import HELP_OPTIONS, data_option
from local.data.folder import DEFAULT

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
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + _TIMEOUT
    while lock.holder(folder) == pid:
        if time.monotonic() > end:
            raise click.ClickException(
                f"process {pid} has not ended within {_TIMEOUT:g} s; its logs are in {folder}/logs"
            )
        time.sleep(_POLL)
    say(f"the stack on {folder} has stopped; its data stays")
