"""Runs a program that Linux kills when its parent ends: die_with_parent.py PARENT_PID PROGRAM [ARGUMENT]...

This is a program and not a `preexec_fn`, which runs between fork and exec. The stack has threads, which may hold locks
at the fork; a child of a process that uses gRPC sometimes crashed there.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, argv: list[str]) -> None:
    """Replaces this process by the program `argv`. Exits with status 1 if the parent has ended already."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
    for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):  # exec keeps ignored signals ignored
        signal.signal(ignored_by_python, signal.SIG_DFL)
    os.execvp(argv[0], argv)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
