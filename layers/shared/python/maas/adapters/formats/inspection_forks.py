"""The program that opens several untrusted files, each in a fork of its own. inspector.py starts it.

Python and the readers are loaded once, which takes longer than most files do. This process itself reads nothing of a
file: its forks do, one after the other, with the limits of inspection_process.py. A fork has the descriptors of its own
file alone, so whatever a hostile file makes of it, the results of other files are out of its reach.

Arguments are the limits (memory, served, cpu, wall), and for each file three descriptors: of the file, of its output
and of its log. For each file that was inspected, a line of standard output has the exit code of its fork, or TIMEOUT.
See docs/decisions/0069-files-of-a-set-share-a-start.md.
"""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module

from maas.adapters.forked import end_with
from maas.adapters.formats import inspection_process
from maas.adapters.formats.inspection_limits import TIMEOUT
from maas.adapters.onnx import locales

# Readers of the files that come in numbers. That of ONNX is loaded by the fork that needs it.
_READERS = ("foreign", "gguf", "images", "lightgbm", "parquet", "safetensors", "texts", "tflite", "xgboost", "zips")


def main(memory: int, served: int, cpu: int, wall: int, descriptors: Sequence[int]) -> None:
    """Inspects the files one after the other."""
    for name in _READERS:
        import_module(f"maas.adapters.formats.{name}")
    locales.provide()
    for place in range(0, len(descriptors), 3):
        file, output, log = descriptors[place : place + 3]
        pid = os.fork()
        if not pid:
            end_with(partial(_inspect, file, output, log, (memory, served, cpu)))
        print(_waited(pid, wall), flush=True)


def _inspect(file: int, output: int, log: int, limits: tuple[int, int, int]) -> None:
    """Opens one file, as the process that has its descriptors alone."""
    for standard, own in enumerate((file, output, log)):
        os.dup2(own, standard)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # before a byte of the file is read
    inspection_process.main(*limits)
    sys.stdout.flush()


def _waited(pid: int, wall: int) -> str:
    """Waits for a fork, and kills it after `wall` seconds."""
    killed: list[int] = []

    def kill(*_: object) -> None:
        killed.append(pid)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill)
    signal.setitimer(signal.ITIMER_REAL, wall)
    _, status = os.waitpid(pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return TIMEOUT if killed else str(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    memory, served, cpu, wall, *descriptors = map(int, sys.argv[1:])
    main(memory, served, cpu, wall, descriptors)
