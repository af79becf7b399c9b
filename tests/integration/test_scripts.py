"""The shell scripts in a fresh clone: help, unknown options, and signals while they install packages."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.paths import ROOT
from tests.support.waiting import until

_COMMANDS = ["local/up", "local/status", "local/down", "local/collect", "local/backup", "local/restore"]
_PYTHON = [*_COMMANDS, "local/test"]
_CHECKED = [".ci/run", "proto/generate", "layers/deps/export"]
_TOOLS = [f"local/tools/get-{name}" for name in ("minio", "grpcurl", "dynoxide", "dynamodb-local", "chromium")]
_SCRIPTS = [*_PYTHON, *_CHECKED, *_TOOLS]


@pytest.fixture(autouse=True)
def signals_as_in_a_terminal() -> Iterator[None]:
    """A process in the background of a script ignores SIGINT, and so would all its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """A checkout's scripts without an environment. The only Python on its PATH writes its process id, then sleeps."""
    for name in ("local", ".ci", "proto", "layers/deps"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "env", "sed", "grep", "cat", "mkdir", "cmp", "sleep", "tail"):
        (programs / name).symlink_to(shutil.which(name) or name)
    python = programs / "python3.13"
    python.write_text(
        '#!/bin/sh\ncase "$*" in *version_info*) exit ;; *executable*) echo "$0"; exit ;; esac\n'
        f'echo $$ >>"{tmp_path}/pids"\nexec sleep 60\n'
    )
    python.chmod(0o755)
    yield tmp_path
    assert not (tmp_path / ".venv").exists()


def _start(clone: Path, *command: str) -> "subprocess.Popen[str]":
    environment = {"PATH": str(clone / "bin"), "HOME": str(clone)}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [str(clone / command[0]), *command[1:]], cwd=clone, env=environment, stdout=pipe, stderr=pipe, text=True
    )


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("script", _SCRIPTS)
def test_help_is_printed_before_anything_is_installed(clone: Path, script: str, option: str) -> None:
    process = _start(clone, script, option)
    output, errors = process.communicate(timeout=30)

    assert (process.returncode, errors) == (0, "")
    assert len(output.split()) > 5
    assert not (clone / "pids").exists()
    assert not (clone / ".maas").exists()


@pytest.mark.parametrize("script", _PYTHON)
def test_the_help_of_a_command_is_its_file(clone: Path, script: str) -> None:
    output, _ = _start(clone, script, "--help").communicate(timeout=30)
    assert output == (ROOT / "local/help" / f"{Path(script).name}.txt").read_text()


@pytest.mark.parametrize("option", ["--nonsense", "--nonsense=1", "-x"])
@pytest.mark.parametrize("script", [*_COMMANDS, *_CHECKED, *_TOOLS])
def test_an_unknown_option_is_refused_before_anything_is_installed(clone: Path, script: str, option: str) -> None:
    process = _start(clone, script, option)
    output, errors = process.communicate(timeout=30)

    assert (process.returncode, output) == (2, "")
    assert "there is no option" in errors
    assert "--help lists all" in errors
    assert not (clone / "pids").exists()


@pytest.mark.parametrize("other", ["--fresh", "--demo", "--once"])
def test_options_that_exclude_each_other_are_refused_before_anything_is_installed(clone: Path, other: str) -> None:
    process = _start(clone, "local/up", other, "--detach")
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert errors.endswith(f"local/up: --detach and {other} exclude each other\n")
    assert not (clone / "pids").exists()


@pytest.mark.parametrize(
    "arguments", [["--demo", "--once"], ["--s3", "moto", "--port=80"], ["--parameter", "RegistryAuth=off"], ["--sam"]]
)
def test_known_options_go_on_to_the_installation(clone: Path, arguments: list[str]) -> None:
    process = _start(clone, "local/up", *arguments)
    try:
        until((clone / "pids").exists, 30)
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("script", [*_PYTHON, ".ci/run"])
def test_a_signal_ends_the_installation_and_its_processes(
    clone: Path, script: str, number: signal.Signals, status: int
) -> None:
    process = _start(clone, script)
    until(lambda: (clone / "pids").exists() and (clone / "pids").read_text().endswith("\n"), 30)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)

    assert process.returncode == status
    assert "Traceback" not in errors
    for pid in map(int, (clone / "pids").read_text().split()):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
