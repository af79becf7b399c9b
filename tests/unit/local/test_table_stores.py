"""Which server for DynamoDB a stack gets."""

from pathlib import Path

import pytest

from local.servers import table_stores


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns the only folder on PATH, of a user who has built nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def install(path: Path, *names: str) -> None:
    for name in names:
        (path / name).write_text("#!/bin/sh\n")
        (path / name).chmod(0o755)


def test_dynoxide_is_used_if_it_is_installed(path: Path) -> None:
    install(path, "dynoxide", "dynamodb-local-server", "java")
    found = table_stores.choose("auto")
    assert found is not None
    assert found.engine == "dynoxide"


def test_dynamodb_local_is_used_only_if_it_is_chosen(path: Path) -> None:
    install(path, "dynamodb-local-server", "java")
    assert table_stores.choose("auto") is None
    found = table_stores.choose("dynamodb-local")
    assert found is not None
    assert "loses the last transactions" in (found.prepare(path) or "")


def test_dynamodb_local_is_not_found_without_java(path: Path) -> None:
    install(path, "dynamodb-local-server")
    assert table_stores.find("dynamodb-local") is None


def test_moto_is_used_if_it_is_chosen(path: Path) -> None:
    install(path, "dynoxide")
    assert table_stores.choose("moto") is None
