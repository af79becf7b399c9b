"""Servers that do not come up, die, or stay down."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from local.errors import StackError
from local.servers.managed_process import ManagedProcess, ProcessSpec
from local.servers.ports import free_port
from local.servers.probes import accepts_connections

SERVER = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"


def part(tmp_path: Path, code: str, *, restarts: bool = True, limit: float = 10) -> tuple[ManagedProcess, list[str]]:
    """A part that runs this code, and what it reports as fatal."""
    port = free_port()
    argv = [sys.executable, "-c", code, str(port)]
    spec = ProcessSpec("probe", argv, {"PATH": os.environ["PATH"]}, accepts_connections(port), restarts, limit)
    fatal: list[str] = []
    return ManagedProcess(spec, tmp_path / "probe.log", fatal.append), fatal


async def test_a_killed_part_is_started_again_on_its_port(tmp_path: Path) -> None:
    running, fatal = part(tmp_path, SERVER)
    await running.start()
    first = running.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    for _ in range(100):
        await asyncio.sleep(0.05)
        if running.pid != first and await running.spec.answers():
            break

    assert running.pid != first
    assert await running.spec.answers()
    assert fatal == []
    await running.stop()


async def test_a_stopped_part_is_gone(tmp_path: Path) -> None:
    running, _ = part(tmp_path, SERVER)
    await running.start()
    await running.stop()

    assert not await running.spec.answers()


async def test_a_part_that_can_not_lose_its_data_ends_the_stack(tmp_path: Path) -> None:
    running, fatal = part(tmp_path, SERVER, restarts=False)
    await running.start()
    assert running.pid is not None
    os.kill(running.pid, signal.SIGKILL)
    await asyncio.sleep(0.3)

    assert "probe ended with status -9, and its data with it" in fatal[0]
    await running.stop()


async def test_a_part_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    running, _ = part(tmp_path, "raise SystemExit('no licence')")

    with pytest.raises(StackError, match=r"probe ended with status 1; the end of .*probe\.log:\nno licence"):
        await running.start()


async def test_a_part_that_never_answers_is_reported(tmp_path: Path) -> None:
    running, _ = part(tmp_path, "import time; time.sleep(600)", limit=0.3)

    with pytest.raises(StackError, match=r"probe did not answer within 0\.3 s"):
        await running.start()
    await running.stop()


async def test_a_part_that_keeps_dying_waits_ever_longer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marker = tmp_path / "started"
    code = f"""
import pathlib, socket, sys, time
marker = pathlib.Path({str(marker)!r})
if marker.exists(): sys.exit(7)
marker.touch()
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(0.5)
sys.exit(7)
"""
    running, fatal = part(tmp_path, code)
    await running.start()
    for _ in range(200):
        await asyncio.sleep(0.05)
        if "in a row" in (said := capsys.readouterr().err):
            break

    assert "probe died 5 times in a row (status 7), starting it again in 3.2 s; the end of" in said
    assert fatal == []
    await running.stop()
