"""Remarks for the person at the keyboard; standard output is kept for results."""

import sys


def say(line: str) -> None:
    """One remark, on standard error."""
    print(line, file=sys.stderr, flush=True)
