"""Versions of several files at the command line: what a pull would fetch, and whether a folder is one."""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maas_client.answers import UploadFile
from tests.support.cli import Cli
from tests.support.client_api import AT, VERSION, FakeApi

_CONTENTS = {"README.md": b"# Iris", "model.onnx": b"model"}
_FILES = [
    {
        "path": path,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "main": path == "model.onnx",
        "format": "onnx",
        "details": {},
        "url": f"http://store.test/{path}",
    }
    for path, content in _CONTENTS.items()
]


def _answer(request: httpx2.Request) -> Any:
    manifest = {"version": "1.0.0", "digest": f"sha256:{'0' * 64}", "total_size": 11, "files": _FILES}
    if request.url.path.endswith("/files"):
        return manifest
    if request.url.path.endswith("/downloads"):
        return {**manifest, "expires_at": AT, "server_time": AT}
    if request.url.host == "store.test":
        content = _CONTENTS[request.url.path.removeprefix("/")]
        return httpx2.Response(
            206, content=content, headers={"content-range": f"bytes 0-{len(content) - 1}/{len(content)}"}
        )
    return {**VERSION, "file_count": 2}


@pytest.fixture
def maas(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    cli = Cli.in_folder(tmp_path, capsys, monkeypatch)
    cli.serve(httpx2.MockTransport(FakeApi(_answer)))
    (tmp_path / "iris").mkdir()
    for path, content in _CONTENTS.items():
        (tmp_path / "iris" / path).write_bytes(content)
    return cli


def test_a_dry_run_lists_the_files_with_their_digests(maas: Cli) -> None:
    lines = [json.loads(line) for line in maas("maas pull iris:1.0.0 --dry-run").out.splitlines()]
    assert [(line["path"], line["size"], line["sha256"]) for line in lines] == [
        (file["path"], file["size"], file["sha256"]) for file in _FILES
    ]


@pytest.mark.parametrize("to", ["", "--to out"])
def test_a_pull_shows_the_files_and_where_they_are(maas: Cli, tmp_path: Path, to: str) -> None:
    (tmp_path / "out").mkdir()
    for cached in (False, True):
        lines = [json.loads(line) for line in maas(f"maas pull iris:1.0.0 {to}").out.splitlines()]
        assert [(line["path"], line["size"], line["sha256"], line["cached"]) for line in lines] == [
            (file["path"], file["size"], file["sha256"], cached) for file in _FILES
        ]
        assert {line["path"]: Path(line["place"]).read_bytes() for line in lines} == _CONTENTS
    known = [json.loads(line)["cached"] for line in maas("maas pull iris:1.0.0 --dry-run").out.splitlines()]
    assert known == [True, True]


def test_a_folder_with_the_files_of_a_version_is_intact(maas: Cli) -> None:
    done = maas("maas verify iris iris:1.0.0")
    assert (done.status, json.loads(done.out)["intact"]) == (0, True)


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("model.onnx", b"Model", "model.onnx has other bytes"),
        ("model.onnx", None, "model.onnx is missing"),
        ("more.csv", b"a", "more.csv is not of the version"),
    ],
)
def test_a_folder_with_other_files_is_told_by_the_first_ones(
    maas: Cli, tmp_path: Path, path: str, content: bytes | None, words: str
) -> None:
    if content is None:
        (tmp_path / "iris" / path).unlink()
    else:
        (tmp_path / "iris" / path).write_bytes(content)
    done = maas("maas verify iris iris:1.0.0")
    assert (done.status, done.err) == (1, f"maas: iris is not iris:1.0.0: {words}\n")


def test_a_file_of_a_set_may_be_empty() -> None:
    file = {"path": "empty.txt", "size": 0, "sha256": hashlib.sha256().hexdigest(), "main": False, "state": "stored"}
    parts = {"part_size": 0, "part_count": 0, "missing": [], "missing_count": 0}
    assert UploadFile.model_validate({**file, **parts}).part_count == 0
