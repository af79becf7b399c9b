"""Commands on a data folder that is not as it should be."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from local import backup_command, cli, report, up_command
from local.archives import writing
from local.archives.manifest import ArchiveManifest
from local.archives.progress import Progress
from local.archives.writing import Writer
from local.errors import StackError
from local.paths import ROOT


@pytest.fixture(autouse=True)
def no_signal_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.interrupts.exit_in_order", lambda: None)
    monkeypatch.setattr("local.interrupts.ignore", lambda: None)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("command", [["status"], ["backup", "a.tar"], ["up"]])
def test_a_damaged_manifest_is_one_line_of_every_command(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "folder.json").write_text("{")
    done = run(*command, "--data", tmp_path)
    assert done.exit_code == 1
    assert done.output == (
        f"Error: {tmp_path}/folder.json is damaged: restore the folder from a backup, or use another one\n"
    )


def test_the_status_of_a_stopped_folder_tells_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws/state.db").write_text("data")
    done = run("status", "--data", tmp_path)
    assert done.exit_code == 3
    assert done.output.endswith(f"problem: {tmp_path}/folder.json is missing\n")
    assert json.loads(run("status", "--data", tmp_path, "--json").output)["problems"] == [
        f"{tmp_path}/folder.json is missing"
    ]


def test_the_status_of_a_running_stack_tells_what_is_missing() -> None:
    found = {"data": "/d", "disk_bytes": 0, "running": True, "ready": False, "parts": [], "processes": []}
    assert "problem: /d/s3 is missing" in report.status_text({**found, "problems": ["/d/s3 is missing"]})


def archive(file: Path, manifest: ArchiveManifest) -> Path:
    with writing.created(file, replace=True) as (output, _scratch):
        Writer(output, manifest, Progress()).close()
    return file


@pytest.mark.parametrize("lost", ["users", "models", "files"])
def test_a_backup_of_stores_that_lost_all_replaces_no_other(lost: str, tmp_path: Path) -> None:
    counts = {"users": 2, "models": 3, "files": 4}
    file = archive(tmp_path / "a.tar", ArchiveManifest(counts=counts))
    with pytest.raises(StackError) as refused:
        backup_command._refuse_emptier(ArchiveManifest(counts={**counts, lost: 0}), file)
    assert str(refused.value) == (f"{file} stays as it is: it has {counts[lost]} {lost}, and the stores have none")


def test_a_backup_that_lost_more_files_replaces_no_other(tmp_path: Path) -> None:
    file, counts = tmp_path / "a.tar", {"users": 1, "models": 2, "files": 1}
    archive(file, ArchiveManifest(counts=counts, lost=["version 1.0.0 of model a: lost"]))
    backup_command._refuse_emptier(ArchiveManifest(counts=counts, lost=["version 1.0.0 of model a: lost"]), file)
    with pytest.raises(StackError) as refused:
        backup_command._refuse_emptier(ArchiveManifest(counts=counts, lost=["version 2.0.0 of model a: lost"]), file)
    assert str(refused.value) == (
        f"{file} stays as it is, because it may have what is lost now "
        "(version 2.0.0 of model a: lost): use another name"
    )


def test_a_backup_with_less_or_of_a_damaged_archive_replaces_it(tmp_path: Path) -> None:
    larger, smaller = (ArchiveManifest(counts={"users": number, "models": number}) for number in (2, 1))
    backup_command._refuse_emptier(smaller, archive(tmp_path / "a.tar", larger))
    (tmp_path / "b.tar").write_text("no archive")
    backup_command._refuse_emptier(ArchiveManifest(lost=["a"]), tmp_path / "b.tar")


_HOLDER = """
import pathlib, signal, sys, threading, time
from local.data import lock
told = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: told.set())
with lock.held(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    told.wait()
time.sleep(0.5)
"""


def test_down_returns_when_the_process_has_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        done = run("down", "--data", tmp_path)
        assert process.poll() == 0
    assert done.output == f"the stack on {tmp_path} has stopped; its data stays\n"
    assert run("down", "--data", tmp_path).output == f"nothing runs on {tmp_path}\n"


def test_a_detached_start_prints_the_remarks(capsys: pytest.CaptureFixture[str]) -> None:
    up_command._print_ready({"remarks": ["port 1 is taken"]}, as_json=True)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ('{"remarks": ["port 1 is taken"]}\n', "note: port 1 is taken\n")


_AS_NOBODY = """
import os, sys
from click.testing import CliRunner
from local import cli, interrupts
interrupts.exit_in_order = interrupts.ignore = lambda: None
folder = sys.argv[1]
os.setgroups([]), os.setgid(65534), os.setuid(65534)
for command in (["up"], ["status"], ["down"], ["backup", f"{folder}.tar"], ["restore", f"{folder}/a.tar"]):
    done = CliRunner().invoke(cli.main, [*command, "--data", f"{folder}/data"])
    assert (done.exit_code, type(done.exception)) == (1, SystemExit), done
    print(done.output, end="")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_folder_of_another_user_is_one_line_of_every_command() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "data").mkdir(mode=0o700)
        (folder / "a.tar").touch(mode=0o600)
        command = [sys.executable, "-c", _AS_NOBODY, name]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout.splitlines()) == (
        "",
        [
            f"Error: {name}/data belongs to the user root: run MaaS as that user, or use another folder",
            f"Error: {name}/data can't be used: Permission denied",
            f"Error: {name}/data can't be used: Permission denied",
            f"Error: {name}/data/folder.json can't be used: Permission denied",
            f"Error: {name}/data/folder.json can't be used: Permission denied",
        ],
    )
