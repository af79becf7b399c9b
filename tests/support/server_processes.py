"""Real servers for tests. Each is a process, because two moto servers in one process share their state."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence

import httpx2

_START = 30.0


@contextlib.contextmanager
def server(argv: Sequence[str], port: int, health: str = "", **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Starts a program and waits until it accepts connections on `port` and, if given, answers the path `health`."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(argv, env={**os.environ, **environment}, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        _wait_for(process, port, health)
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int, health: str) -> None:
    deadline = time.monotonic() + _START
    while not _answers(port, health):
        assert process.poll() is None, f"{process.args!r} ended with status {process.returncode}"
        assert time.monotonic() < deadline, f"{process.args!r} does not answer"
        time.sleep(0.05)


def _answers(port: int, health: str) -> bool:
    try:
        if health:
            return httpx2.get(f"http://127.0.0.1:{port}{health}", trust_env=False).is_success
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except (httpx2.TransportError, OSError):
        return False
    return True
