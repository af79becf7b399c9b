"""`python -m local up` as a process: ready file, shutdown, and what stays after it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from local.paths import ROOT

Up = Callable[..., tuple["subprocess.Popen[str]", dict[str, Any]]]


@pytest.fixture
def up(template: Path, tmp_path: Path) -> Iterator[Up]:
    """Starts a stack; returns the process and the content of its ready file."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        ready = tmp_path / f"ready-{len(started)}.json"
        argv = [sys.executable, "-m", "local", "up", "--fresh", "--template", str(template), "--s3", "moto"]
        process = subprocess.Popen(
            [*argv, "--ready-file", str(ready), *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        while not ready.exists():
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.05)
        return process, json.loads(ready.read_text())

    yield start
    for process in started:
        process.kill()
        process.communicate()


def alive(pid: int) -> bool:
    """Returns whether the process runs. A zombie does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pids: list[int]) -> None:
    for _ in range(100):
        if not any(map(alive, pids)):
            return
        time.sleep(0.05)


def worker(ready: dict[str, Any]) -> int:
    pid: int = httpx2.get(f"{ready['gateway']}/items/1", trust_env=False).json()["pid"]
    return pid


def test_one_signal_stops_everything_but_keeps_the_logs(up: Up) -> None:
    process, ready = up()
    pids = [*ready["pids"].values(), worker(ready)]
    process.send_signal(signal.SIGINT)

    assert process.wait(15) == 0
    assert not any(map(alive, pids))
    assert sorted(path.name for path in Path(ready["logs"]).parent.iterdir()) == ["logs"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_killed_stack_leaves_no_process_behind(up: Up) -> None:
    process, ready = up()
    pids = [*ready["pids"].values(), worker(ready)]
    process.kill()
    wait_until_gone(pids)

    assert not any(map(alive, pids))


def test_two_stacks_do_not_interfere(up: Up) -> None:
    (_, first), (second_process, second) = up(), up("--parameter", "Stage=other")

    assert {first[name] for name in ("gateway", "aws", "redis", "logs")}.isdisjoint(
        {second[name] for name in ("gateway", "aws", "redis", "logs")}
    )
    assert second["tables"] == {"Table": "maas-other-Table"}
    second_process.terminate()
    assert second_process.wait(15) == 0
    assert worker(first) > 0


def test_the_table_shows_addresses_a_user_and_lines_to_paste(up: Up) -> None:
    process, ready = up()
    os.kill(process.pid, signal.SIGTERM)
    table, messages = process.communicate(timeout=15)

    assert f"GATEWAY={ready['gateway']} REGISTRY={ready['registry']} PREDICTOR={ready['predictor']}" in table
    assert ready["user"]["password"] in table
    assert "note: moto serves S3" in messages


def test_only_the_owner_can_read_the_ready_file(up: Up, tmp_path: Path) -> None:
    up()

    assert (tmp_path / "ready-0.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("option", "value"), [("--registry-port", "99999"), ("--workers", "0"), ("--ready-file", "/no/such/folder/file")]
)
def test_an_invalid_option_is_rejected_before_anything_starts(option: str, value: str) -> None:
    argv = [sys.executable, "-m", "local", "up", option, value]
    result = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert result.returncode == 2
    assert f"Error: Invalid value for '{option}'" in result.stderr
    assert "starting" not in result.stderr


def test_a_failed_start_is_reported_in_one_sentence(template: Path) -> None:
    argv = [sys.executable, "-m", "local", "up", "--fresh", "--template", str(template), "--s3", "moto"]
    result = subprocess.run(
        [*argv, "--parameter", "Nope=1"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert result.returncode == 1
    assert "template.yaml, Parameters.Nope: the template does not declare this parameter" in result.stderr
    assert "Traceback" not in result.stderr
