"""Processes as the stack starts them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.servers import die_with_parent, processes

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")


async def test_a_process_is_the_program_itself_with_its_arguments_environment_and_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    shown = ["sh", "-c", 'echo "$$ $NAME $1 $(pwd)"', "sh", "a b"]
    process = await processes.spawn(shown, {"PATH": os.environ["PATH"], "NAME": "x"}, log, tmp_path)
    assert await process.wait() == 0
    assert log.read_text() == f"{process.pid} x a b {tmp_path}\n"


async def test_nothing_of_this_process_runs_in_a_copy_of_it(tmp_path: Path) -> None:
    """A copy has one of its threads, and the locks of all."""
    copied: list[str] = []
    os.register_at_fork(before=lambda: copied.append("now"))
    process = await processes.spawn(["true"], {"PATH": os.environ["PATH"]}, tmp_path / "log")
    assert await process.wait() == 0
    assert copied == []


@LINUX
async def test_a_program_finds_no_signal_ignored_that_python_ignores(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = await processes.spawn(["cat", "/proc/self/status"], {"PATH": os.environ["PATH"]}, log)
    await process.wait()
    status = dict(line.split(":\t", 1) for line in log.read_text().splitlines())
    ignored = int(status["SigIgn"], 16)
    assert not any(ignored >> (number - 1) & 1 for number in (signal.SIGPIPE, signal.SIGXFSZ))


@LINUX
def test_what_was_started_by_a_parent_that_has_ended_does_not_begin(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    argv = [sys.executable, "-IS", die_with_parent.__file__, str(os.getppid()), "touch", str(begun)]
    assert subprocess.run(argv, check=False).returncode == 1
    assert not begun.exists()
