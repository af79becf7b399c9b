"""An interrupt (Ctrl-C) of the command ends it with 130, at any moment, soon and without a traceback."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import COMMAND, environment
from tests.support.fake_maas_server import served
from tests.support.fake_maas_sets import FakeSets

# Interrupts this process at a moment of its life, in place of a signal whose moment would be luck.
_DURING = """
import os, signal, sys, atexit
sys.argv = ["maas", "config", "list"]
def interrupt(*_): os.kill(os.getpid(), signal.SIGINT)
class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}: interrupt()
if {module!r}: sys.meta_path.insert(0, Finder())
else: atexit.register(interrupt)
from maas_client.cli import main
main()
"""


@pytest.mark.parametrize("module", ["maas_client.cli.app", "httpx2", "pydantic", "maas_client.sync", ""])
def test_an_interrupt_during_imports_and_at_the_end_is_the_end(tmp_path: Path, module: str) -> None:
    script = _DURING.format(module=module)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


@pytest.fixture
def silent() -> Iterator[tuple[str, socket.socket]]:
    """A server that takes a connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield f"http://127.0.0.1:{server.getsockname()[1]}", server


@pytest.mark.parametrize("arguments", [["models", "list"], ["predict", "iris", "[1]"], ["pull", "iris"]])
def test_an_interrupt_ends_a_call_that_waits(
    tmp_path: Path, silent: tuple[str, socket.socket], arguments: list[str]
) -> None:
    url, server = silent
    variables = environment(tmp_path, MAAS_API_URL=url, MAAS_API_KEY="k")
    with subprocess.Popen([*COMMAND, *arguments], env=variables, stderr=subprocess.PIPE, text=True) as process:
        connection, _ = server.accept()
        _interrupted(process)
        connection.close()


def test_an_interrupt_ends_a_push_that_reads_a_huge_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with (tmp_path / "folder" / "model.onnx").open("wb") as handle:
        handle.truncate(400 * 1024**3)
    fake = FakeSets()
    fake.max_total = 1024**4
    with served(fake) as url:
        variables = environment(tmp_path, MAAS_API_URL=url, MAAS_API_KEY="k")
        arguments = [*COMMAND, "push", str(tmp_path / "folder"), "iris:1.0.0"]
        with subprocess.Popen(arguments, env=variables, stderr=subprocess.PIPE, text=True) as process:
            _wait_until_open(process.pid, "model.onnx")
            _interrupted(process)


def _interrupted(process: "subprocess.Popen[str]") -> None:
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, told.strip().splitlines()[-1]) == (130, "interrupted")
    assert "Traceback" not in told
    assert time.monotonic() - began < 20


def _wait_until_open(pid: int, name: str) -> None:
    """Waits until a process has opened a file of this name."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if any(link.is_symlink() and link.readlink().name == name for link in Path(f"/proc/{pid}/fd").iterdir()):
            return
        time.sleep(0.05)
    raise AssertionError(f"{name} was never opened")
