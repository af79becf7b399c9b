"""Stores of a folder that was in use: what is missing or damaged is refused, and never taken for a new folder."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from local import status_command
from local.data import checked, folder, stored
from local.data.checked import KINDS as KNOWN
from local.data.folder import DataFolder
from local.data.removal import remove
from local.errors import StackError
from local.servers.launchers import S3Choice
from local.servers.table_stores import TablesChoice

KINDS = [("dynoxide", "minio"), ("dynamodb-local", "minio"), ("moto", "moto")]


def used(path: Path, tables: str = "dynoxide", s3: str = "minio") -> DataFolder:
    """Makes a folder whose stores have run."""
    with folder.opened(path) as made:
        made.keep_store("tables", tables)
        made.keep_store("s3", s3)
        files = {checked.TABLES[tables], checked.MOTO, *([] if s3 == "moto" else ["s3/.minio.sys/format.json"])}
        if s3 == "minio":
            for name in ("s3/bucket", "s3/.minio.sys/buckets/bucket"):
                (path / name).mkdir(parents=True)
        for file in files:
            (path / file).parent.mkdir(exist_ok=True)
            (path / file).write_text("data")
        made.manifest.user |= {"email": "a@example.com", "password": "x", "tenant_id": "t"}
        made.keep_used()
    return made


def empty(path: Path) -> None:
    """Leaves an empty file or folder."""
    is_file = path.is_file()
    remove(path)
    path.touch() if is_file else path.mkdir()


def refusal(path: Path) -> str:
    before = sorted(path.rglob("*"))
    with pytest.raises(StackError) as refused, folder.opened(path):
        pass
    assert sorted(path.rglob("*")) == before
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_the_manifest_knows_every_kind_of_store() -> None:
    options = {"tables": get_args(TablesChoice), "s3": get_args(S3Choice)}
    assert {part: {*kinds, "auto"} for part, kinds in KNOWN.items()} == {
        part: {*all_} for part, all_ in options.items()
    }


@pytest.mark.parametrize(("tables", "s3"), KINDS)
def test_a_folder_with_all_its_stores_opens_again(tmp_path: Path, tables: str, s3: str) -> None:
    used(tmp_path, tables, s3)
    with folder.opened(tmp_path) as again:
        assert again.manifest.used
    assert stored.problems(tmp_path) == []


@pytest.mark.parametrize(
    ("kinds", "lost"),
    [
        (KINDS[0], "tables/tables.db"),
        (KINDS[0], "s3/.minio.sys/format.json"),
        (KINDS[0], "aws/state.db"),
        (KINDS[1], "tables/shared-local-instance.db"),
        (KINDS[2], "aws/state.db"),
    ],
)
@pytest.mark.parametrize("how", [remove, empty])
def test_a_lost_store_is_refused_and_shown(
    tmp_path: Path, kinds: tuple[str, str], lost: str, how: Callable[[Path], None]
) -> None:
    used(tmp_path, *kinds)
    how(tmp_path / lost)
    assert refusal(tmp_path) == (
        f"{tmp_path}/{lost} is missing or empty, and the folder was in use: put it back, or restore a backup "
        "into a new folder (./local/restore FILE --data DIR), or begin with an empty one (--accept-loss)"
    )
    assert status_command.of(tmp_path)["problems"][0] == f"{tmp_path}/{lost} is missing or empty"


@pytest.mark.parametrize(("removed", "named"), [("s3/bucket", "s3/bucket"), ("s3", "s3/.minio.sys/format.json")])
def test_a_lost_folder_of_a_bucket_is_refused(tmp_path: Path, removed: str, named: str) -> None:
    used(tmp_path)
    remove(tmp_path / removed)
    assert refusal(tmp_path).startswith(f"{tmp_path}/{named} is missing or empty")


def test_minio_without_a_bucket_needs_none(tmp_path: Path) -> None:
    used(tmp_path)
    for name in ("s3/bucket", "s3/.minio.sys/buckets/bucket"):
        (tmp_path / name).rmdir()
    with folder.opened(tmp_path):
        pass


def test_an_accepted_loss_begins_anew_with_the_same_user(tmp_path: Path) -> None:
    used(tmp_path)
    (tmp_path / "tables/tables.db").unlink()
    with folder.opened(tmp_path, accept_loss=True) as opened:
        assert opened.manifest.user == {"email": "a@example.com", "password": "x"}
    with folder.opened(tmp_path) as again:
        assert not again.manifest.used


def test_a_folder_whose_first_start_was_killed_opens_again(tmp_path: Path) -> None:
    with folder.opened(tmp_path) as made:
        made.keep_store("tables", "dynoxide")
    with folder.opened(tmp_path):
        pass


def test_a_manifest_with_another_store_than_the_folder_is_refused(tmp_path: Path) -> None:
    used(tmp_path, "moto", "moto")
    (tmp_path / "tables/tables.db").write_text("data")
    assert refusal(tmp_path).startswith(
        f"{tmp_path}/folder.json has moto for tables, but there is {tmp_path}/tables/tables.db: put it back"
    )


@pytest.mark.parametrize("restoring", [False, True])
def test_data_without_its_manifest_is_refused_and_stays(tmp_path: Path, restoring: bool) -> None:
    used(tmp_path)
    (tmp_path / "folder.json").unlink()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StackError) as refused, folder.opened(tmp_path, restoring=restoring):
        pass
    assert sorted(tmp_path.rglob("*")) == before
    assert str(refused.value).startswith(
        f"{tmp_path} has data already" if restoring else f"{tmp_path}/folder.json is missing, and the folder has data: "
    )
    assert stored.problems(tmp_path) == [f"{tmp_path}/folder.json is missing"]


def test_a_folder_without_data_needs_no_manifest(tmp_path: Path) -> None:
    with folder.opened(tmp_path):
        pass
    (tmp_path / "folder.json").unlink()
    with folder.opened(tmp_path):
        pass


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file of some hundred pages, as a killed store leaves it: the last rows are in the write-ahead log."""
    file = tmp_path / "tables.db"
    writer = sqlite3.connect(file)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE items (key TEXT PRIMARY KEY, value TEXT)")
    writer.executemany("INSERT INTO items VALUES (?, ?)", ((f"{number}", "x" * 1000) for number in range(1000)))
    writer.commit()
    for part in ("tables.db", "tables.db-wal"):
        (tmp_path / f"killed-{part}").write_bytes((tmp_path / part).read_bytes())
    writer.close()
    return tmp_path / "killed-tables.db"


def test_a_file_of_a_killed_store_is_whole(database: Path) -> None:
    stored.refuse_damaged(database)
    stored.refuse_damaged(database.with_name("absent.db"))
    assert not database.with_name("absent.db").exists()
    assert sqlite3.connect(database).execute("SELECT COUNT(*) FROM items").fetchone() == (1000,)


@pytest.mark.parametrize("place", [0.0, 0.05, 0.5, 0.9])
def test_a_damaged_page_is_found_before_the_start(database: Path, place: float) -> None:
    stored.refuse_damaged(database)  # this also brings the log into the file
    pages = database.stat().st_size // 4096
    with database.open("r+b") as file:
        file.seek(int(pages * place) * 4096)
        file.write(b"\x5a" * 4096)
    with pytest.raises(StackError) as refused:
        stored.refuse_damaged(database)
    assert str(refused.value).startswith(f"{database} is damaged (")
    assert str(refused.value).endswith("or move it away and use --accept-loss")
    assert "\n" not in str(refused.value)


def test_the_check_of_a_large_file_ends_in_time(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(sqlite3.Connection):
        """Each row takes long."""

        def execute(self, _sql: str, *_: object) -> sqlite3.Cursor:
            endless = "WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n) SELECT MAX(x) FROM n"
            return super().execute(endless)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **more: connect(*args, **more, factory=Slow))
    stored.refuse_damaged(database, seconds=0.05)
