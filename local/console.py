"""Messages to the user on standard error. Standard output is only for results."""

import sys


def say(line: str) -> None:
    """Prints one line on standard error."""
    print(line, file=sys.stderr, flush=True)
