"""Answers that no server of this API gives are one error each, whatever is wrong with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maas_client import errors
from maas_client.answers import ExchangedToken, UploadFile
from maas_client.http import store
from maas_client.transfer.possession import proof_of
from tests.support.client_api import MODEL, USER, FakeApi, problem
from tests.support.fake_maas import FakeMaas
from tests.support.fake_maas_sets import FakeSets
from tests.unit.client.test_push import push

DATES = [
    f"Mon, 30 Nov {'9' * 20} 08:00:00 GMT",
    f"Mon, 30 Nov 2026 08:00:00 +{'9' * 14}",
    "Mon, 30 Nov 2026 08:00:00 -0000",
    "9" * 5000,
    "soon",
]


@pytest.fixture(autouse=True)
def _without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_BASE", 0.0001)


@pytest.mark.parametrize("date", DATES)
async def test_a_time_to_wait_until_may_be_none(date: str) -> None:
    api = FakeApi(lambda _: problem(503, "unavailable", headers={"retry-after": date}))
    async with api.client() as client:
        with pytest.raises(errors.Unavailable):
            await client.models.get("iris")


def tokens(**changed: Any) -> dict[str, Any]:
    return {
        "access_token": "a",
        "refresh_token": "s.r",
        "expires_in": 900,
        "refresh_expires_in": 9,
        "scope": "",
    } | changed


@pytest.mark.parametrize("date", DATES)
async def test_the_date_of_a_login_may_be_none(date: str) -> None:
    answer = httpx2.Response(200, json=tokens(), headers={"date": date})
    api = FakeApi(lambda request: answer if request.url.path.endswith("/login") else USER)
    async with api.client(api_key=None) as client:
        assert (await client.auth.login("a@b.c", "p")).id == "u"


@pytest.mark.parametrize("seconds", [10**18, -1, 10**400])
async def test_a_lifetime_that_no_clock_has_is_refused(seconds: int) -> None:
    answer: Callable[[Any], Any] = lambda _: tokens(expires_in=seconds)  # noqa: E731
    async with FakeApi(answer).client(api_key=None) as client:
        with pytest.raises(errors.UnexpectedAnswer, match="expires_in"):
            await client.auth.login("a@b.c", "p")
    with pytest.raises(ValueError, match="expires_in"):
        ExchangedToken(access_token="a", expires_in=seconds, scope="")


async def test_a_time_without_a_zone_is_refused() -> None:
    async with FakeApi(lambda _: {**MODEL, "created_at": "2026-11-29T05:01:16"}).client() as client:
        with pytest.raises(errors.UnexpectedAnswer, match="created_at"):
            await client.models.get("iris")


class Changed(FakeMaas):
    """A server whose answer to the start of an upload has these changes."""

    def __init__(self, **changes: Any) -> None:
        super().__init__()
        self.changes = changes

    def _start(self, model: str, given: dict[str, Any]) -> Any:
        return {**super()._start(model, given), **self.changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"part_count": 10**12},
        {"part_count": 0},
        {"part_size": 10},
        {"size": 10**9},
        {"server_time": "2026-11-29T05:01:16"},
    ],
)
async def test_a_plan_that_is_not_the_one_of_its_size_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    fake, file = Changed(**changes), tmp_path / "iris.onnx"
    file.write_bytes(b"x" * 5000)
    with pytest.raises(errors.UnexpectedAnswer):
        await push(fake, file)
    assert fake.sent == []


@pytest.mark.parametrize("parts", [{"part_count": 2}, {"part_size": 0}, {"missing": [2], "missing_count": 1}])
def test_the_parts_of_a_file_of_a_set_are_those_of_its_size(parts: dict[str, Any]) -> None:
    good = {"path": "a", "size": 9, "sha256": "a" * 64, "main": True, "part_size": 9, "part_count": 1}
    good |= {"state": "missing", "missing": [1], "missing_count": 1}
    assert UploadFile.model_validate(good).missing == [1]
    with pytest.raises(ValueError, match="parts"):
        UploadFile.model_validate({**good, **parts})


async def test_headers_for_the_store_that_are_none_are_one_error(tmp_path: Path) -> None:
    url = {"path": None, "part_number": 1, "length": 3, "url": "http://s.test/x", "expires_at": "2026-11-29T06:01:16Z"}
    fake, file = Changed(urls=[{**url, "headers": {"x-a": "\u0663"}}]), tmp_path / "iris.onnx"
    file.write_bytes(b"abc")
    with pytest.raises(errors.TransferError, match="headers for the object store"):
        await push(fake, file)


def test_a_range_may_be_longer_than_the_file_and_than_memory(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x" * 3_000_000)
    assert proof_of(file, [(0, 5 * 1024**4)], "aa") == proof_of(file, [(0, 3_000_000)], "aa")
    assert proof_of(file, [(5, 2_000_000)], "aa") != proof_of(file, [(5, 1_999_999)], "aa")


def folder(path: Path) -> Path:
    (path / "in").mkdir()
    (path / "in/model.onnx").write_bytes(b"the model")
    (path / "in/rows.csv").write_bytes(b"a,b")
    return path / "in"


class Renaming(FakeSets):
    """A server that gives the files of a set other names."""

    def _file(self, body: dict[str, Any], file: dict[str, Any]) -> dict[str, Any]:
        return {**super()._file(body, file), "path": f"{file['path']}z"}


class Signless(FakeSets):
    """A server that signs nothing."""

    def _sign(self, upload_id: str, given: dict[str, Any]) -> Any:
        return {**super()._sign(upload_id, given), "urls": []}


class Blind(FakeSets):
    """A server that never sees what the store has."""

    def _file(self, body: dict[str, Any], file: dict[str, Any]) -> dict[str, Any]:
        parts = {"part_size": file["size"], "part_count": 1, "missing": [1], "missing_count": 1}
        return {**file, **parts, "state": "missing"}


@pytest.mark.parametrize(("fake", "words"), [(Renaming(), "other files"), (Signless(), "signed other parts")])
async def test_a_set_with_other_files_or_parts_is_refused(tmp_path: Path, fake: FakeSets, words: str) -> None:
    with pytest.raises(errors.UnexpectedAnswer, match=words):
        await push(fake, folder(tmp_path))


async def test_a_part_that_the_server_never_sees_is_not_sent_for_ever(tmp_path: Path) -> None:
    fake = Blind()
    with pytest.raises(errors.TransferError, match=r"misses part 1 of model\.onnx"):
        await push(fake, folder(tmp_path), parallel=1)
    assert fake.put.count("model.onnx") == 3


async def test_a_file_of_a_set_that_the_store_refuses_is_told_if_it_has_changed(tmp_path: Path) -> None:
    class Picky(FakeSets):
        def handle(self, method: str, url: str, headers: Any, body: bytes) -> httpx2.Response:
            if "/store/" not in url:
                return super().handle(method, url, headers, body)
            if change:
                (source / "rows.csv").write_bytes(b"c,d")
            return httpx2.Response(400, text="<Code>XAmzContentChecksumMismatch</Code>")

    source, change = folder(tmp_path), True
    (source / "model.onnx").unlink()
    with pytest.raises(errors.ChangedFile, match=r"rows\.csv changed"):
        await push(Picky(), source, main="rows.csv")
    change = False
    with pytest.raises(errors.TransferError, match="XAmzContentChecksumMismatch"):
        await push(Picky(), source, main="rows.csv")


async def test_a_file_that_is_another_one_where_case_is_ignored_is_told_with_that_one(tmp_path: Path) -> None:
    source = folder(tmp_path)
    (source / "Rows.csv").write_bytes(b"b")
    with pytest.raises(errors.FileError, match=r"^rows\.csv: its path is the same as Rows\.csv where case is ignored"):
        await push(FakeSets(), source)
