"""The demo, run by its command lines."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.docker_traces import left_behind, name_of
from tests.support.stacks import ADDRESS, ROOT, START, STARTED, RunningStack, up


def _demo(stack: RunningStack, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "local.demo", "--ready-file", str(stack.ready_file), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.kinds("embedded", "open", "sam")
def test_predictions_equal_scikit_learn_s_and_a_repeated_one_is_cached(stack: RunningStack) -> None:
    done = _demo(stack, "--json")

    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["ok"] is True
    assert len(report["predictions"]) == 30
    assert set(report["predictions"]) == {0, 1, 2}
    assert report["differences"] == 0
    if stack.kind != ADDRESS:
        assert report["cache"] == "hit"


def test_the_printed_lines_work_when_pasted(stack: RunningStack) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    done = _demo(stack)
    assert done.returncode == 0, done.stderr
    assert "30 of 30 held-out irises as predicted by scikit-learn" in done.stdout
    lines = done.stdout[done.stdout.index("TOKEN=$(") :]

    pasted = subprocess.run(["bash", "-c", lines], capture_output=True, text=True, timeout=60, check=True)

    assert json.loads(pasted.stdout)["class_name"] == "setosa"


def test_once_ends_with_the_status_of_the_demo(local_kind: str) -> None:
    command, limit = [*up(local_kind), "--once", "--s3", "moto", "--json"], START[local_kind] + 100
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit, check=False)

    assert done.returncode == 0, done.stderr
    demo = json.loads(done.stdout)
    assert (demo["ok"], len(demo["predictions"]), demo["differences"]) == (True, 30, 0)
    assert "note: moto serves S3" in done.stderr
    if local_kind == "sam":
        assert left_behind(name_of(done.stderr)) == []


@pytest.mark.kinds(*STARTED)
def test_an_interrupted_demo_exits_with_130(local_kind: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    command = [*up(local_kind), "--once", "--s3", "moto", "--ready-file", str(ready)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    while not ready.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)

    assert process.communicate(timeout=30)[0] == ""
    assert process.returncode == 130
