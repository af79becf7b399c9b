"""The program that workers are forks of: Python, numpy and ONNX Runtime are loaded once. forks.py starts it.

Its argument is the number of a socket. A request is an operation and a number (REQUEST), an answer is a number.
FORK comes with a descriptor, over which the new worker speaks (worker_process.py), and is answered with its id. END
kills a worker, and is answered with its exit status as of os.waitstatus_to_exitcode. KILL does so without an answer:
giving gigabytes of small blocks back takes a killed process a second. The next request waits until they are given back.
The program ends when the other end of the socket is closed, and its workers with it.
"""

import ctypes
import os
import signal
import socket
import sys
from contextlib import suppress

from maas.adapters.forked import end_with
from maas.adapters.onnx import locales
from maas.adapters.onnx.workers import worker_process
from maas.adapters.onnx.workers.operations import ANSWER, END, FORK, KILL, REQUEST

_PR_SET_PDEATHSIG = 1  # prctl(2)


def main(connection: socket.socket) -> None:
    """Serves until the other end of the socket is closed."""
    locales.provide()
    while True:
        data, descriptors, _, _ = socket.recv_fds(connection, REQUEST.size, 1)
        if not data:
            return
        operation, number = REQUEST.unpack(data)
        if operation == FORK:
            connection.sendall(ANSWER.pack(_forked(connection, descriptors[0])))
        elif operation == END:
            connection.sendall(ANSWER.pack(_ended(number)))
        elif operation == KILL:
            _ended(number)


def _forked(connection: socket.socket, descriptor: int) -> int:
    pid = os.fork()
    if not pid:
        connection.close()
        end_with(lambda: _work(socket.socket(fileno=descriptor)))
    os.close(descriptor)
    return pid


def _work(connection: socket.socket) -> None:
    """Serves as a worker, which ends with its parent."""
    _die_with_parent()
    worker_process.serve(connection)


def _die_with_parent() -> None:
    """A worker in an endless kernel would not notice that nobody waits for it any more."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _ended(pid: int) -> int:
    """Kills a worker and returns its exit status. Its id can't be another process's: nobody else waits for it."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:
        return 0


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
