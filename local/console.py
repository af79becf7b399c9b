"""Messages to the user on standard error, and results on standard output. Neither ever ends what runs.

Both may be a log on a disk that is full, or a pipe that nobody reads any more.
"""

import contextlib
import sys


def say(line: str) -> None:
    """Prints one line on standard error, if that can be written."""
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def show(result: str) -> None:
    """Prints a result of something that goes on running, if standard output can be written."""
    with contextlib.suppress(OSError):
        print(result, flush=True)
