"""Data folders: what lasts, what is refused, and who else may use them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local.data import folder, lock
from local.data.manifest import SCHEMA
from local.errors import StackError
from local.paths import ROOT


def test_a_folder_keeps_ports_user_and_secret(tmp_path: Path) -> None:
    with folder.opened(tmp_path) as first:
        first.manifest.ports["gateway"] = 8080
        first.manifest.user |= {"email": "a@example.com", "password": "x"}
        first.save()
    with folder.opened(tmp_path) as second:
        assert second.manifest == first.manifest


def test_a_new_folder_leaves_its_logs_alone() -> None:
    with folder.opened(None) as new:
        (new.logs / "gateway.log").touch()
        (new.aws / "sqs.json").touch()
    assert [path.name for path in new.path.rglob("*")] == ["logs", "gateway.log"]


def test_a_folder_that_lasts_drops_the_files_of_one_run(tmp_path: Path) -> None:
    with folder.opened(tmp_path) as first:
        first.ready_file.touch()
        (first.logs / "gateway.log").write_text("first run")
    assert not first.run.exists()
    with folder.opened(tmp_path):
        assert (tmp_path / "logs.old/gateway.log").read_text() == "first run"


def test_only_its_owner_can_read_a_folder(tmp_path: Path) -> None:
    with folder.opened(tmp_path / "new") as new:
        assert new.path.stat().st_mode & 0o077 == 0
        assert (new.path / "folder.json").stat().st_mode & 0o077 == 0


def test_a_second_stack_is_refused_with_one_line(tmp_path: Path) -> None:
    with folder.opened(tmp_path), pytest.raises(StackError) as refused, folder.opened(tmp_path):
        pass
    assert str(refused.value) == (
        f"a stack runs on {tmp_path} already (process {os.getpid()}): "
        "./local/down ends it, --data DIR or --fresh use another folder"
    )


def test_the_holder_of_the_lock_is_known_until_it_ends(tmp_path: Path) -> None:
    assert lock.holder(tmp_path) is None
    with folder.opened(tmp_path):
        assert lock.holder(tmp_path) == os.getpid()
    assert lock.holder(tmp_path) is None


def test_a_killed_process_does_not_hold_the_lock(tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib; from local.data import folder\n"
        "with folder.opened(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, check=False)

    assert lock.holder(tmp_path) is None
    with folder.opened(tmp_path):
        assert lock.holder(tmp_path) == os.getpid()


def test_a_removed_lock_file_ends_no_lock(tmp_path: Path) -> None:
    with folder.opened(tmp_path) as used:
        (tmp_path / lock.NAME).unlink()
        assert lock.holder(tmp_path) == 0
        used.ready_file.write_text(json.dumps({"pid": os.getpid()}))
        assert lock.holder(tmp_path) == os.getpid()
        with (
            pytest.raises(StackError, match=f"a stack runs on .* already .process {os.getpid()}"),
            folder.opened(tmp_path),
        ):
            pass


@pytest.mark.parametrize("content", ["", "null", "[]", "{}", '{"pid": "x"}', "\0"])
def test_odd_files_of_a_running_stack_are_no_ids(tmp_path: Path, content: str) -> None:
    with folder.opened(tmp_path) as used:
        (tmp_path / lock.NAME).write_text("an id")
        used.ready_file.write_text(content)
        assert lock.holder(tmp_path) == 0


def _file(path: Path) -> None:
    path.write_text("")


def _other_files(path: Path) -> None:
    path.mkdir()
    (path / "thesis.doc").touch()


def _newer(path: Path) -> None:
    path.mkdir()
    (path / "folder.json").write_text(json.dumps({"schema": SCHEMA + 1}))


def _damaged(path: Path) -> None:
    path.mkdir()
    (path / "folder.json").write_text('{"schema": 1, "po')


def _wrong_type(path: Path) -> None:
    path.mkdir()
    (path / "folder.json").write_text('{"schema": 1, "ports": {"gateway": "8080"}}')


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_file, "is not a folder"),
        (_other_files, "is not empty, and not a data folder of MaaS"),
        (_newer, f"has schema {SCHEMA + 1}, and this MaaS knows schemas up to {SCHEMA}"),
        (_damaged, "folder.json is damaged: restore the folder from a backup"),
        (_wrong_type, "folder.json is damaged at ports.gateway: restore the folder from a backup"),
    ],
)
def test_an_unusable_folder_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "with spaces"
    make(path)
    before = {file: file.read_bytes() for file in path.rglob("*") if file.name != lock.NAME}

    with pytest.raises(StackError, match=reason), folder.opened(path):
        pass
    assert {file: file.read_bytes() for file in path.rglob("*") if file.name != lock.NAME} == before


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("schema", 0, "schema"),
        ("schema", "1", "schema"),
        ("schema", True, "schema"),
        ("secret_key", 5, "secret_key"),
        ("secret_key", "short", "secret_key"),
        ("ports", {"gateway": True}, "ports.gateway"),
        ("ports", {"gateway": 99999}, "ports.gateway"),
        ("ports", {"gateway": 0}, "ports.gateway"),
        ("ports", None, "ports"),
        ("stores", {"tables": "oracle"}, "stores"),
        ("stores", {"tables": "minio"}, "stores"),
        ("stores", {"queues": "moto"}, "stores"),
        ("user", {"email": "a@example.com"}, "user"),
        ("user", {"email": "a@example.com", "password": None}, "user.password"),
        ("used", "yes", "used"),
        ("colour", "red", "colour"),
    ],
)
def test_an_odd_value_of_the_manifest_is_refused_with_its_place(
    tmp_path: Path, name: str, value: object, place: str
) -> None:
    (tmp_path / "folder.json").write_text(json.dumps({"schema": 1, name: value}))
    with pytest.raises(StackError) as refused, folder.opened(tmp_path):
        pass
    assert str(refused.value) == (
        f"{tmp_path}/folder.json is damaged at {place}: restore the folder from a backup, or use another one"
    )


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(StackError, match="belongs to the user"), folder.opened(tmp_path):
        pass


def test_a_full_disk_is_reported_before_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "FREE_MIN", 1 << 62)
    with pytest.raises(StackError, match=f"the disk of {tmp_path} is full"), folder.opened(tmp_path):
        pass


def test_a_folder_that_can_not_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match="can't be used: Not a directory"), folder.opened(tmp_path / "file/data"):
        pass


def test_a_folder_keeps_its_first_kind_of_store(tmp_path: Path) -> None:
    with folder.opened(tmp_path) as opened:
        opened.keep_store("tables", "dynoxide")
        assert opened.chosen("tables", "auto") == "dynoxide"
        assert opened.chosen("s3", "auto") == "auto"
        with pytest.raises(StackError, match="keeps its tables in dynoxide, and not in moto: use --tables dynoxide"):
            opened.keep_store("tables", "moto")
