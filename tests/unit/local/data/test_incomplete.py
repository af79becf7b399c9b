"""Folders into which a backup is restored."""

from pathlib import Path

import pytest

from local.data import folder, incomplete
from local.errors import StackError


def test_a_folder_with_data_takes_no_backup(tmp_path: Path) -> None:
    with folder.opened(tmp_path):
        (tmp_path / "tables/tables.db").write_text("data")
    with pytest.raises(StackError) as refused, folder.opened(tmp_path, restoring=True):
        pass
    assert str(refused.value) == f"{tmp_path} has data already: restore into a new folder (--data DIR)"
    assert (tmp_path / "tables/tables.db").read_text() == "data"


def test_a_folder_of_something_else_takes_no_backup(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("data")
    with pytest.raises(StackError, match="is not empty"), folder.opened(tmp_path, restoring=True):
        pass
    assert (tmp_path / "thesis.txt").exists()


def test_a_restore_that_broke_off_is_refused_until_one_ends(tmp_path: Path) -> None:
    with folder.opened(tmp_path / "new", restoring=True) as first:
        (first.tables / "tables.db").write_text("half")
    with pytest.raises(StackError) as refused, folder.opened(tmp_path / "new"):
        pass
    assert str(refused.value) == (
        f"{tmp_path}/new is incomplete, because a restore broke off: "
        f"run ./local/restore FILE --data {tmp_path}/new again"
    )
    with folder.opened(tmp_path / "new", restoring=True) as second:
        assert [*second.tables.iterdir()] == []
    incomplete.end(tmp_path / "new")
    with folder.opened(tmp_path / "new"):
        pass


def test_a_folder_in_use_takes_no_backup(tmp_path: Path) -> None:
    with folder.opened(tmp_path) as used:
        (used.tables / "tables.db").write_text("data")
        incomplete.refuse(tmp_path)
        with pytest.raises(StackError, match="a stack runs on"), folder.opened(tmp_path, restoring=True):
            pass
        assert (used.tables / "tables.db").read_text() == "data"
