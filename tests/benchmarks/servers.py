"""Servers to measure, each as a process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    pid: int
    port: int

    def processor_seconds(self) -> float:
        user, system = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(module: str, *arguments: str) -> Iterator[Server]:
    """Runs `python -m module`, which announces its port."""
    argv = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        yield Server(process.pid, int(process.stderr.readline()))
    finally:
        process.kill()
        process.wait()


def announce(port: int) -> None:
    """Writes the port for `running` to stderr, because stdout is the access log."""
    sys.stderr.write(f"{port}\n")
