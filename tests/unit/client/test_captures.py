"""Files of captured predictions come into a folder: each whole or not at all, in any number of pages."""

import gzip
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maas_client import errors
from maas_client.http import store
from maas_client.job_files import files
from tests.support.cli import Cli
from tests.support.client_api import AT, MODEL_ID, FakeApi, problem

CONTENTS = [gzip.compress(f'{{"inputs": {{"x": [{n}]}}}}\n'.encode() * 9, mtime=0) for n in range(5)]


def name_of(number: int) -> str:
    return f"01939e50-0000-7d00-8000-{number:012}.7d.ndjson.gz"


@dataclass
class Store:
    """An API and a store. `faults` are given for a file before its bytes; `pages` are the numbers of files in each."""

    pages: list[list[int]] = field(default_factory=lambda: [[0, 1], [], [2, 3], [4]])
    faults: dict[int, list[Any]] = field(default_factory=dict)
    fetched: list[int] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)

    def answer(self, request: httpx2.Request) -> Any:
        if request.url.host == "store.test":
            assert "authorization" not in request.headers
            number = int(request.url.path.strip("/"))
            self.fetched.append(number)
            left = self.faults.get(number)
            return left.pop(0) if left else httpx2.Response(200, content=CONTENTS[number])
        if request.url.path != f"/api/v1/models/{MODEL_ID}/capture/files":
            return problem(404, "not_found", errors=[{"field": "model_id", "rule": "unknown", "message": "no model"}])
        assert request.url.params["limit"] == "100"
        place = int(request.url.params.get("cursor", "0"))
        following = str(place + 1) if place + 1 < len(self.pages) else None
        return {"items": [self._file(n) for n in self.pages[place]], "next_cursor": following}

    def _file(self, number: int) -> dict[str, Any]:
        name, size = self.names.get(number, name_of(number)), len(CONTENTS[number])
        url = f"http://store.test/{number}?signature=secret"
        return {"name": name, "bytes": size, "created_at": AT, "expires_at": AT, "url": url}


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_BASE", 0.0001)


@pytest.fixture
def maas(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli.in_folder(tmp_path, capsys, monkeypatch)


async def download(of: Store, folder: Path, model: str = MODEL_ID) -> tuple[Path, ...]:
    async with FakeApi(of.answer).client() as client:
        return await client.captures.download(model, folder)


def inside(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_files_of_all_pages_come_in_their_order(tmp_path: Path) -> None:
    of, folder = Store(), tmp_path / "new" / "folder"
    found = await download(of, folder)
    assert [path.name for path in found] == [name_of(n) for n in range(5)]
    assert [path.read_bytes() for path in found] == CONTENTS
    assert len(inside(folder)) == 5


async def test_no_file_leaves_no_folder(tmp_path: Path) -> None:
    assert await download(Store([[]]), tmp_path / "folder") == ()
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "fault",
    [
        httpx2.Response(200, content=CONTENTS[2][:-20]),
        httpx2.Response(200, content=CONTENTS[2] + b"x"),
        httpx2.Response(200, content=CONTENTS[2][:30] + bytes([CONTENTS[2][30] ^ 4]) + CONTENTS[2][31:]),
        httpx2.Response(503, content=b"<Code>SlowDown</Code>"),
        httpx2.ReadError("reset"),
    ],
    ids=["truncated", "longer", "flipped", "busy", "reset"],
)
async def test_bytes_that_came_wrong_are_fetched_again(tmp_path: Path, fault: Any) -> None:
    of = Store(faults={2: [fault]})
    await download(of, tmp_path)
    assert ([*inside(tmp_path).values()].count(CONTENTS[2]), of.fetched) == (1, [0, 1, 2, 2, 3, 4])


async def test_a_file_that_stays_wrong_is_an_error_and_no_file(tmp_path: Path) -> None:
    of = Store(faults={2: [httpx2.Response(200, content=CONTENTS[2][:-1] + b"!") for _ in range(20)]})
    with pytest.raises(errors.CorruptDownload, match=f"{name_of(2)} came with other bytes"):
        await download(of, tmp_path)
    assert {*inside(tmp_path)} == {name_of(0), name_of(1)}


def test_no_flipped_byte_changes_what_is_read(tmp_path: Path) -> None:
    """Those that change nothing are in the header of gzip: the time of its file, and the system it came from."""
    path, unseen = tmp_path / "file.gz", 0
    for place in range(len(CONTENTS[0])):
        path.write_bytes(CONTENTS[0][:place] + bytes([CONTENTS[0][place] ^ 1]) + CONTENTS[0][place + 1 :])
        if files._is_there(path, len(CONTENTS[0])):
            unseen += 1
            assert gzip.decompress(path.read_bytes()) == gzip.decompress(CONTENTS[0])
    assert unseen <= 7


async def test_a_file_that_is_gone_says_so_without_its_url(tmp_path: Path) -> None:
    of = Store(faults={1: [httpx2.Response(404, content=b"<Code>NoSuchKey</Code>")]})
    with pytest.raises(errors.TransferError, match="404 NoSuchKey") as caught:
        await download(of, tmp_path)
    assert "signature" not in str(caught.value)


class Killed(Exception):
    """Ends a download as a kill would."""


@pytest.mark.parametrize("at", range(5))
async def test_an_interrupted_download_goes_on_where_it_ended(tmp_path: Path, at: int) -> None:
    of = Store(faults={at: [Killed()]})
    with pytest.raises(Killed):
        await download(of, tmp_path)
    assert {*inside(tmp_path)} == {name_of(n) for n in range(at)}
    of.fetched.clear()
    await download(of, tmp_path)
    assert ([*sorted(inside(tmp_path).items())], of.fetched) == (
        [(name_of(n), content) for n, content in enumerate(CONTENTS)],
        [*range(at, 5)],
    )


async def test_files_in_the_folder_that_are_not_whole_are_fetched_again(tmp_path: Path) -> None:
    (tmp_path / name_of(0)).write_bytes(CONTENTS[0][:-3])
    (tmp_path / name_of(1)).write_bytes(CONTENTS[1][:40] + bytes([CONTENTS[1][40] ^ 1]) + CONTENTS[1][41:])
    (tmp_path / name_of(2)).write_bytes(CONTENTS[2])
    of = Store()
    await download(of, tmp_path)
    assert ([*sorted(inside(tmp_path).values())], of.fetched) == (sorted(CONTENTS), [0, 1, 3, 4])


@pytest.mark.parametrize("name", ["../evil", "a/b", "..", ".", "", "C:\\x", "a\nb", "\0", "x" * 256])
async def test_a_name_that_leaves_the_folder_is_no_name(tmp_path: Path, name: str) -> None:
    of = Store(names={0: name})
    with pytest.raises(errors.UnexpectedAnswer, match="gave the name"):
        await download(of, tmp_path / "folder")
    assert ([*tmp_path.iterdir()], of.fetched) == ([], [])


async def test_a_folder_that_is_a_file_and_one_that_takes_nothing_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/self/captured")):
        with pytest.raises(errors.FileError, match=f"^{re.escape(str(folder))}/.* can't be written: "):
            await download(Store(), folder)


async def test_a_wrong_model_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFound):
        await download(Store(), tmp_path / "folder", "01a2b3c4-0000-7000-8000-00000000000f")
    assert [*tmp_path.iterdir()] == []


def test_the_command_says_what_is_in_the_folder(tmp_path: Path, maas: Cli) -> None:
    of = Store()
    maas.serve(httpx2.MockTransport(FakeApi(of.answer)))
    done = maas(f"maas capture pull {MODEL_ID} --to captured")
    assert (done.status, done.out, done.err) == (0, "", "5 files are in captured\n")
    assert [*sorted(inside(tmp_path / "captured").values())] == sorted(CONTENTS)
    of.pages = [[3]]
    assert maas(f"maas capture pull {MODEL_ID} --to captured").err == "1 file is in captured\n"
    of.pages = [[], []]
    assert maas(f"maas capture pull {MODEL_ID}").err == f"no predictions of {MODEL_ID} are stored\n"
    assert of.fetched == [0, 1, 2, 3, 4]


def test_the_command_fails_in_one_line(tmp_path: Path, maas: Cli) -> None:
    of = Store(faults={0: [httpx2.Response(200, content=b"x" * len(CONTENTS[0])) for _ in range(20)]})
    maas.serve(httpx2.MockTransport(FakeApi(of.answer)))
    corrupt = maas(f"maas capture pull {MODEL_ID} --to captured")
    assert (corrupt.status, corrupt.err) == (
        1,
        f"maas: {name_of(0)} came with other bytes than the server has stored\n",
    )
    of.faults = {}
    (tmp_path / "file").write_text("")
    taken = maas(f"maas capture pull {MODEL_ID} --to file")
    assert (taken.status, taken.err.count("\n")) == (2, 1)
    unknown = maas("maas capture pull 01a2b3c4-0000-7000-8000-00000000000f --to captured")
    assert (unknown.status, unknown.err.count("\n")) == (4, 1)
    assert not (tmp_path / "captured").exists()
