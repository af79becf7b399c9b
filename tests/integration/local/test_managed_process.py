"""Servers that do not start, crash, or crash again and again."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local.errors import StackError
from local.servers.managed_process import ManagedProcess, ProcessSpec
from local.servers.ports import free_port
from local.servers.probes import accepts_connections

SERVER = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"


def managed_process(
    tmp_path: Path,
    code: str,
    *,
    restarts: bool = True,
    start_timeout: float = 10,
    on_restart: Callable[[], None] = lambda: None,
) -> tuple[ManagedProcess, list[str]]:
    """Returns a process that runs this code, and the list of failures it reports."""
    port = free_port()
    argv = [sys.executable, "-c", code, str(port)]
    environment = {"PATH": os.environ["PATH"]}
    spec = ProcessSpec("probe", argv, environment, accepts_connections(port), restarts, start_timeout)
    failures: list[str] = []
    return ManagedProcess(spec, tmp_path / "probe.log", failures.append, on_restart), failures


async def test_a_killed_process_is_restarted_on_its_port(tmp_path: Path) -> None:
    ids: list[int | None] = []
    process, failures = managed_process(tmp_path, SERVER, on_restart=lambda: ids.append(process.pid))
    await process.start()
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    for _ in range(100):
        await asyncio.sleep(0.05)
        if process.pid != first and await process.spec.is_ready():
            break

    assert process.pid != first
    assert ids == [process.pid]
    assert await process.spec.is_ready()
    assert failures == []
    await process.stop()


async def test_a_stopped_process_does_not_run(tmp_path: Path) -> None:
    process, _ = managed_process(tmp_path, SERVER)
    await process.start()
    await process.stop()

    assert not await process.spec.is_ready()


async def test_the_end_of_a_process_with_lost_data_is_a_failure(tmp_path: Path) -> None:
    process, failures = managed_process(tmp_path, SERVER, restarts=False)
    await process.start()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    await asyncio.sleep(0.3)

    assert "probe ended with status -9, and its data is lost" in failures[0]
    await process.stop()


async def test_a_process_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    process, _ = managed_process(tmp_path, "raise SystemExit('no licence')")

    with pytest.raises(StackError, match=r"probe ended with status 1; the end of .*probe\.log:\nno licence"):
        await process.start()


async def test_a_process_that_is_never_ready_is_reported(tmp_path: Path) -> None:
    process, _ = managed_process(tmp_path, "import time; time.sleep(600)", start_timeout=0.3)

    with pytest.raises(StackError, match=r"probe was not ready within 0\.3 s"):
        await process.start()
    await process.stop()


async def test_restarts_after_repeated_early_exits_are_delayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
    process, failures = managed_process(tmp_path, code)
    await process.start()
    for _ in range(200):
        await asyncio.sleep(0.05)
        if "in a row" in (output := capsys.readouterr().err):
            break

    assert "probe ended 5 times in a row (status 7), restarting in 3.2 s; the end of" in output
    assert failures == []
    await process.stop()


async def test_a_restart_that_the_system_refuses_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("local.servers.managed_process._MAX_RESTART_DELAY", 0.1)
    process, failures = managed_process(tmp_path, SERVER)
    await process.start()
    first = process.pid
    assert first is not None
    (tmp_path / "probe.log").unlink()
    (tmp_path / "probe.log").mkdir()
    os.kill(first, signal.SIGKILL)
    await _until(lambda: "probe can't be started: Is a directory; trying again" in capsys.readouterr().err)
    (tmp_path / "probe.log").rmdir()
    await _until(lambda: process.pid != first)

    assert failures == []
    await process.stop()


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("not within 10 s")
