"""Answers of a hostile server to a pull: nothing is written outside of the folders that the caller has named."""

import hashlib
import os
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maas_client import errors
from maas_client.transfer.cache import copy_to
from tests.support.client_api import AT, MODEL, VERSION, FakeApi

CONTENT = b"hello world\n" * 10
SHA = hashlib.sha256(CONTENT).hexdigest()
FILE: dict[str, Any] = {"size": len(CONTENT), "sha256": SHA, "url": "http://store.test/file"}
TIMES = {"version": "1.0.0", "expires_at": AT, "server_time": AT}


def server(*paths: str, **changed: Any) -> FakeApi:
    """A server whose version has files of these paths, or one file with these changes to its answer."""
    files = [{**FILE, "path": path, "main": n == 0} for n, path in enumerate(paths)]
    of_set = {**TIMES, "digest": "sha256:" + "a" * 64, "total_size": 1, "files": files}
    of_one = {**TIMES, **FILE, "filename": "m.onnx", **changed}

    def answer(request: httpx2.Request) -> Any:
        if request.url.host == "store.test":
            headers = {"content-range": f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}"}
            return httpx2.Response(206, content=CONTENT, headers=headers)
        if request.url.path.endswith(("/download", "/downloads")):
            return of_set if paths else of_one
        return {**VERSION, "file_count": len(paths) or 1} if "/versions/" in request.url.path else MODEL

    return FakeApi(answer)


async def pull(api: FakeApi, folder: Path) -> Any:
    """Pulls into the folder `out` of a folder, which is there; the cache is beside it."""
    (folder / "out").mkdir(exist_ok=True)
    async with api.client() as client:
        return await client.pull("iris", to=folder / "out", cache_dir=folder / "cache", timeout=30)


def outside(folder: Path) -> list[str]:
    """The files that are neither in `out` nor in the cache."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(str(path) for path in files if path.parts[0] not in {"out", "cache"})


NAMES = [
    "../evil",
    "a/b",
    "C:\\x",
    "..\\x",
    "..",
    ".",
    "",
    "a\nb",
    "\0",
    "x:ads",
    "con",
    "nul.txt",
    "a.",
    " a",
    "a\u2028",
]


@pytest.mark.parametrize("name", [*NAMES, "/absolute"])
async def test_a_file_name_of_a_server_is_only_a_name(tmp_path: Path, name: str) -> None:
    where = name if name != "/absolute" else str(tmp_path / "absolute")
    with pytest.raises(errors.UnexpectedAnswer, match="outside the folder"):
        await pull(server(filename=where), tmp_path)
    assert outside(tmp_path) == []
    assert not [*(tmp_path / "out").iterdir()]


@pytest.mark.parametrize("path", [name for name in NAMES if name != "a/b"] + ["a//b", "./a", "a/.", "a/../../b", "/a"])
async def test_a_path_of_a_server_stays_in_the_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(errors.UnexpectedAnswer, match="outside the version's folder"):
        await pull(server("good.onnx", path), tmp_path)
    assert outside(tmp_path) == []
    assert not [*(tmp_path / "out").iterdir()]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("sha256", text) for text in ("../../../evil", "/tmp/evil", "", "zz", "A" * 64, SHA + "\n")),
        *(("size", number) for number in (-1, 2**63, 10**30)),
    ],
)
async def test_a_digest_or_size_of_a_server_is_one(tmp_path: Path, field: str, value: Any) -> None:
    with pytest.raises(errors.UnexpectedAnswer, match=rf"\({field}: "):
        await pull(server(**{field: value}), tmp_path)
    assert [*tmp_path.iterdir()] == [tmp_path / "out"]


@pytest.mark.parametrize("twins", [("a", "a"), ("a", "A"), ("b/ﬁ", "B/fi")])
async def test_two_paths_that_may_be_one_file_are_refused(tmp_path: Path, twins: tuple[str, str]) -> None:
    with pytest.raises(errors.UnexpectedAnswer, match="twice"):
        await pull(server(*twins), tmp_path)


@pytest.mark.parametrize("path", ["sub/b", "sub/new/b"])
async def test_a_link_in_the_folder_does_not_lead_out_of_it(tmp_path: Path, path: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(errors.FileError, match="leads out of"):
        await pull(server("a", path), tmp_path)
    assert [*(tmp_path / "elsewhere").iterdir()] == []


async def test_links_inside_a_folder_and_to_it_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real" / "there").mkdir(parents=True)
    (tmp_path / "real" / "sub").symlink_to("there")
    (tmp_path / "out").symlink_to("real")
    await pull(server("a", "sub/b"), tmp_path)
    assert (tmp_path / "real" / "there" / "b").read_bytes() == CONTENT


@pytest.mark.parametrize("length", [250, 255])
async def test_a_name_may_be_as_long_as_the_system_takes(tmp_path: Path, length: int) -> None:
    found = await pull(server(filename="x" * length), tmp_path)
    assert found.path.read_bytes() == CONTENT


async def test_a_pulled_file_has_the_mode_that_the_user_gives_new_files(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        found = await pull(server(), tmp_path)
    finally:
        os.umask(before)
    assert found.path.stat().st_mode & 0o777 == 0o600


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(CONTENT)
    with pytest.raises(errors.FileError, match="not a file"):
        copy_to(tmp_path / "file", tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()


def partial(folder: Path) -> Path:
    """The name of the partial file in the cache, whose folder is made."""
    part = folder / "cache" / "sha256" / SHA[:2] / f"{SHA}.part"
    part.parent.mkdir(parents=True)
    return part


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\n", b"120 8388608\n0\n99\n\xc2\xb2\n", b"120 8388608\n-1\n+0\n"])
async def test_a_list_of_ranges_that_is_damaged_is_none(tmp_path: Path, content: bytes) -> None:
    part = partial(tmp_path)
    part.write_bytes(b"\0" * len(CONTENT))
    part.with_name(f"{part.name}.ranges").write_bytes(content)
    assert (await pull(server(), tmp_path)).path.read_bytes() == CONTENT


@pytest.mark.parametrize("ending", ["", ".ranges"])
async def test_a_link_in_the_place_of_a_partial_file_is_not_written_through(tmp_path: Path, ending: str) -> None:
    victim, part = tmp_path / "out" / "victim", partial(tmp_path)
    victim.parent.mkdir()
    victim.write_bytes(b"precious" * 1000)
    part.with_name(part.name + ending).symlink_to(victim)
    if ending:
        assert (await pull(server(), tmp_path)).path.read_bytes() == CONTENT
    else:
        with pytest.raises(errors.FileError, match="can't be written"):
            await pull(server(), tmp_path)
    assert victim.read_bytes() == b"precious" * 1000
