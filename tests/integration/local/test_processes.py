"""Child processes of the stack."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.servers import die_with_parent, processes

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")


async def test_a_spawned_process_has_its_arguments_environment_folder_and_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    argv = ["sh", "-c", 'echo "$$ $NAME $1 $(pwd)"', "sh", "a b"]
    process = await processes.spawn(argv, {"PATH": os.environ["PATH"], "NAME": "x"}, log, tmp_path)
    assert await process.wait() == 0
    assert log.read_text() == f"{process.pid} x a b {tmp_path}\n"


async def test_spawn_does_not_fork_this_process(tmp_path: Path) -> None:
    """A fork has only one thread, but locks that the other threads held stay locked."""
    forks: list[str] = []
    os.register_at_fork(before=lambda: forks.append("fork"))
    process = await processes.spawn(["true"], {"PATH": os.environ["PATH"]}, tmp_path / "log")
    assert await process.wait() == 0
    assert forks == []


@LINUX
async def test_signals_ignored_by_python_are_not_ignored_in_the_program(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = await processes.spawn(["cat", "/proc/self/status"], {"PATH": os.environ["PATH"]}, log)
    await process.wait()
    status = dict(line.split(":\t", 1) for line in log.read_text().splitlines())
    ignored = int(status["SigIgn"], 16)
    assert not any(ignored >> (number - 1) & 1 for number in (signal.SIGPIPE, signal.SIGXFSZ))


@LINUX
def test_a_program_does_not_start_if_its_parent_has_ended(tmp_path: Path) -> None:
    started = tmp_path / "started"
    argv = [sys.executable, "-IS", die_with_parent.__file__, str(os.getppid()), "touch", str(started)]
    assert subprocess.run(argv, check=False).returncode == 1
    assert not started.exists()
