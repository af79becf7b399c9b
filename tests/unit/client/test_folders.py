"""The files of a folder: which they are, which is the main one, and their digest."""

import json
import os
from pathlib import Path

import pytest

from local.paths import ROOT
from maas_client.errors import EmptyFile, FileError, MissingFile
from maas_client.transfer.folders import FILES_MAX, HashedFile, digest_of, files_of, hashed, main_of
from maas_client.transfer.places import place_of


def made(folder: Path, *paths: str) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(path.encode())
    return folder


def test_files_are_found_by_path_without_what_tools_leave(tmp_path: Path) -> None:
    made(tmp_path, "b/z.csv", "model.onnx", "a.md", ".git/config", "b/__pycache__/x.pyc", ".DS_Store", ".hidden")
    assert [(file.path, file.size) for file in files_of(tmp_path)] == [
        (".hidden", 7),
        ("a.md", 4),
        ("b/z.csv", 7),
        ("model.onnx", 10),
    ]


def test_a_path_is_in_the_form_that_the_server_stores(tmp_path: Path) -> None:
    assert [file.path for file in files_of(made(tmp_path, "gro\u0308sse.csv"))] == ["gr\u00f6sse.csv"]


def test_two_names_that_differ_in_the_form_of_unicode_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        FileError, match=r"gro\\u0308sse\.csv' and .*gr\\xf6sse\.csv': they differ in the form of Unicode"
    ):
        files_of(made(tmp_path, "gro\u0308sse.csv", "gr\u00f6sse.csv"))


def test_a_folder_of_ten_thousand_files_is_refused_without_reading_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, *(f"{n}" for n in range(10_000)))
    monkeypatch.setattr(Path, "open", None)
    with pytest.raises(FileError, match="10,000 files; a version has at most 1,000"):
        files_of(tmp_path)
    assert FILES_MAX == 1000


def test_an_empty_folder_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        files_of(made(tmp_path, ".git/config"))
    with pytest.raises(MissingFile):
        files_of(tmp_path / "none")


@pytest.mark.parametrize("kind", ["pipe", "folder", "nothing"])
def test_what_is_neither_a_file_nor_a_folder_is_refused(tmp_path: Path, kind: str) -> None:
    made(tmp_path, "model.onnx")
    if kind == "pipe":
        os.mkfifo(tmp_path / "odd")
    else:
        (tmp_path / "odd").symlink_to(tmp_path if kind == "folder" else tmp_path / "none")
    with pytest.raises(FileError, match="odd is neither a file nor a folder"):
        files_of(tmp_path)


@pytest.mark.parametrize(
    ("paths", "asked", "main"),
    [
        (["only.bin"], None, "only.bin"),
        (["a.csv", "model.onnx"], None, "model.onnx"),
        (["a.onnx", "b.onnx"], "b.onnx", "b.onnx"),
        (["a.safetensors", "b.csv"], "a.safetensors", "a.safetensors"),
        (["README.md", "config.json", "st.safetensors"], None, "st.safetensors"),
        (["a.onnx", "st.safetensors"], None, "a.onnx"),
    ],
)
def test_the_main_file_is_named_or_plain(tmp_path: Path, paths: list[str], asked: str | None, main: str) -> None:
    assert main_of(files_of(made(tmp_path, *paths)), asked) == main


@pytest.mark.parametrize(
    ("paths", "asked", "message"),
    [
        (["a.onnx", "b.onnx"], None, "give --main .* it has a.onnx, b.onnx"),
        (["a.csv", "b.csv"], None, "none of its files ends in .onnx, "),
        (["a.onnx"], "b.onnx", "no file 'b.onnx'"),
    ],
)
def test_a_main_file_that_cannot_be_told_is_refused(
    tmp_path: Path, paths: list[str], asked: str | None, message: str
) -> None:
    with pytest.raises(FileError, match=message):
        main_of(files_of(made(tmp_path, *paths)), asked)


def test_the_digest_is_that_of_the_server_s_vectors() -> None:
    vectors = json.loads((ROOT / "tests" / "data" / "manifests.json").read_text())
    assert vectors
    for vector in vectors:
        files = [HashedFile(f["path"], Path(f["path"]), f["size"], f["sha256"], f["main"]) for f in vector["files"]]
        assert digest_of(files) == vector["digest"]


def test_a_file_is_hashed(tmp_path: Path) -> None:
    (file,) = files_of(made(tmp_path, "abc"))
    assert hashed(file, "abc").declared() == {
        "path": "abc",
        "size": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "main": True,
    }


def test_a_path_of_a_server_is_below_the_folder(tmp_path: Path) -> None:
    assert place_of(tmp_path, "a/b c/d.csv") == tmp_path / "a" / "b c" / "d.csv"


@pytest.mark.parametrize("name", ["con", "nul.txt", "a:b", "a|b", "x.", " a", "a<b>", "a\nb"])
def test_a_local_file_that_the_server_would_refuse_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match="rename the file"):
        files_of(made(tmp_path, f"folder/{name}"))
