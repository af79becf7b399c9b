"""Starts workers, which are forks of one process that has ONNX Runtime loaded, and ends them."""

import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable

from maas.adapters.child_environment import child_environment
from maas.adapters.onnx.process_memory import ResidentMemory
from maas.adapters.onnx.workers.operations import ANSWER, END, FORK, KILL, REQUEST
from maas.domain.errors import Unavailable
from maas.platform.observability import logger


class Forks:
    """The process that workers are forks of. It starts with `start` or with the first worker.

    Threads may call it at once. A process that has ended is replaced.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._resident = 0
        self._end_process: Callable[[], object] = int

    def start(self) -> None:
        """Starts the process, and does not wait until it is ready."""
        with self._lock:
            self._started()

    def fork(self, connection: socket.socket) -> int:
        """Makes a worker that speaks over `connection`, and returns its id.

        Raises:
            Unavailable: the system gives no process.
        """
        for _ in range(2):
            with self._lock:
                try:
                    control = self._started()
                    socket.send_fds(control, [REQUEST.pack(FORK, 0)], [connection.fileno()])
                    pid = _answer(control)
                except OSError:
                    logger.warning("the process that workers are forks of has ended")
                    self._drop()
                else:
                    self._resident = self._resident or self._measured()
                    return pid
        raise Unavailable("models can't be run just now; try again")

    def end(self, pid: int) -> int:
        """Kills a worker. Returns its exit status; 0 if it is not known."""
        with self._lock:
            try:
                if self._socket is None:
                    return 0
                self._socket.sendall(REQUEST.pack(END, pid))
                return _answer(self._socket)
            except OSError:
                self._drop()
                return 0

    def kill(self, pid: int) -> None:
        """Kills a worker, and does not wait until its memory is free. The next `fork` does."""
        with self._lock:
            try:
                if self._socket:
                    self._socket.sendall(REQUEST.pack(KILL, pid))
            except OSError:
                self._drop()

    @property
    def resident(self) -> int:
        """The bytes that the process has in memory: those at its first fork, since it does nothing but fork."""
        return self._resident

    def close(self) -> None:
        """Ends the process and all workers."""
        with self._lock:
            self._drop()

    def _started(self) -> socket.socket:
        if self._socket is None:
            own, other = socket.socketpair()
            with other:
                self._process = subprocess.Popen(  # noqa: S603 (our own program, no shell)
                    [sys.executable, "-s", "-P", "-m", "maas.adapters.onnx.workers.forks_process", str(other.fileno())],
                    stdin=subprocess.DEVNULL,
                    pass_fds=[other.fileno()],
                    env=child_environment(),
                )
            self._socket = own
            self._end_process = weakref.finalize(self, _end, own, self._process)
        return self._socket

    def _measured(self) -> int:
        assert self._process
        memory = ResidentMemory(self._process.pid)
        try:
            return memory.bytes()
        finally:
            memory.close()

    def _drop(self) -> None:
        """Forgets the process, which ends with its socket."""
        self._end_process()
        self._socket = self._process = None


def _end(control: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    control.close()
    process.kill()
    process.wait()


def _answer(control: socket.socket) -> int:
    data = control.recv(ANSWER.size)
    if len(data) != ANSWER.size:
        raise ConnectionError
    found: int = ANSWER.unpack(data)[0]
    return found
