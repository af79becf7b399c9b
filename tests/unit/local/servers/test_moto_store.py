"""The file of a state folder: what it keeps, and how it refuses a file that it can't keep anything in."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.servers.moto.documents import Saved, dumps, loads
from local.servers.moto.store import SCHEMA, StateError, Store

KEY = ("sqs", "message/1")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a folder with one document."""
    store = Store(tmp_path)
    store.write({KEY: dumps({"body": "text"})})
    store.close()
    return store.file


def change(file: Path, statement: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_documents_come_back_in_the_order_of_creation(file: Path) -> None:
    store = Store(file.parent)
    store.write({("sqs", "b"): dumps(1), ("sqs", "a"): dumps(2), ("events", "c"): dumps(3)})
    store.write({KEY: dumps({"body": "other"}), ("sqs", "b"): None})
    assert [*store.read("sqs")] == [("message/1", {"body": "other"}), ("a", 2)]
    store.close()


def test_values_keep_times_bytes_and_names_that_look_like_them() -> None:
    value = {"time": datetime(2026, 11, 29, 1, 2, 3, 4, tzinfo=UTC), "bytes": b"\x00\xff", "text": "\ud83d"}
    value |= {"looks alike": {"$bytes": {"S": "x"}}}
    assert loads(dumps(value)) == value


def test_a_failed_write_leaves_nothing_behind(file: Path) -> None:
    store = Store(file.parent)
    with pytest.raises(sqlite3.Error):
        store.write({("sqs", "new"): dumps(1), ("sqs", None): dumps(2), (None, None, None): dumps(3)})  # type: ignore[dict-item]
    assert [key for key, _ in store.read("sqs")] == ["message/1"]
    store.close()


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "not a file of this program"), (b"garbage " * 600, "not a database"), (None, "malformed")],
    ids=["empty", "garbage", "cut"],
)
def test_a_damaged_file_is_named_and_kept(file: Path, content: bytes | None, problem: str) -> None:
    content = file.read_bytes()[: 4096 + 100] if content is None else content
    file.write_bytes(content)
    with pytest.raises(StateError, match=problem) as raised:
        Store(file.parent)
    assert str(file) in str(raised.value)
    assert "restore it from a backup" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert file.read_bytes()[:100] == content[:100]


def test_a_changed_document_is_noticed(file: Path) -> None:
    change(file, 'UPDATE documents SET value = \'{"body":"texT"}\'')
    store = Store(file.parent)
    with pytest.raises(StateError, match="checksum of sqs message/1"):
        [*store.read("sqs")]
    store.close()


def test_a_newer_schema_is_refused(file: Path) -> None:
    change(file, f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(StateError, match=rf"schema {SCHEMA + 1}, and this release reads schema {SCHEMA}: start the"):
        Store(file.parent)


def test_a_folder_in_use_is_refused(file: Path) -> None:
    store = Store(file.parent)
    with pytest.raises(StateError, match=f"{file.parent} is in use by another server"):
        Store(file.parent)
    store.close()
    Store(file.parent).close()


def test_contents_without_their_file_are_not_taken_for_empty(file: Path) -> None:
    content = file.parent / "objects" / "1"
    content.write_bytes(b"content")
    file.unlink()
    with pytest.raises(StateError, match=r"state.db is missing: restore it from a backup, or move .*/objects away"):
        Store(file.parent)
    assert content.read_bytes() == b"content"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "aws").write_text("")
    with pytest.raises(StateError, match="aws can't be used: Not a directory"):
        Store(tmp_path / "aws")


def test_only_what_differs_is_written() -> None:
    saved = Saved()
    assert saved.changes([("a", 1), ("b", 2)]) == {"a": "1", "b": "2"}
    saved.written()
    assert saved.changes([("a", 1), ("b", 3)]) == {"b": "3"}
    assert saved.changes([("b", 3)]) == {"a": None, "b": "3"}, "the change before was never written"
    saved.written()
    assert saved.changes([("b", 3)]) == {}
