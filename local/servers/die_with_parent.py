"""Becomes another program, which Linux kills as soon as its parent ends: tied.py <pid of the parent> <program> ...

A program of its own, for the stack has threads, and what runs between a fork and the program's start (preexec_fn) may
find their locks taken: a child of a process that speaks gRPC crashed there now and then.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, argv: list[str]) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        sys.exit(1)
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and whatever starts as this would go on so
        signal.signal(ignored, signal.SIG_DFL)
    os.execvp(argv[0], argv)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
