"""A real Redis (or Valkey) for tests, which can be stalled and killed."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local.servers.launchers import find_redis
from local.servers.ports import free_port
from tests.support.server_processes import server


@dataclass
class RedisServer:
    """A server on a free port. `stall` and `resume` stop and continue its process; `kill` ends it."""

    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def stall(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def redis_server(password: str = "") -> Iterator[RedisServer]:
    """Starts a server, which requires `password` if one is given. Skips the test if Redis is not installed."""
    program = find_redis()
    if program is None:
        pytest.skip("no Valkey or Redis on this machine")
    port = free_port()
    argv = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    argv += ["--requirepass", password] if password else []
    with server(argv, port) as process:
        yield RedisServer(process, port)
