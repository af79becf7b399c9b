"""Files become versions, and an upload that broke off goes on."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maas_client import AsyncClient, Progress, errors
from maas_client.http import store
from maas_client.http.calls import Call, path
from maas_client.transfer import push as pushes
from maas_client.transfer.versions import Plan
from tests.support.client_api import FAST
from tests.support.fake_maas import FakeMaas

CONTENT = bytes(range(256)) * 20  # five parts


@pytest.fixture(autouse=True)
def _without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_BASE", 0.0001)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "iris.onnx"
    path.write_bytes(CONTENT)
    return path


def client(fake: FakeMaas) -> AsyncClient:
    return AsyncClient(fake.base, api_key="k", retries=FAST, transport=fake.transport())


async def push(fake: FakeMaas, path: Path, **options: Any) -> Any:
    given = {"model": "iris", "version": "1.0.0", **options}
    async with client(fake) as api:
        return await api.push(path, **given)


def stored(fake: FakeMaas) -> bytes:
    return [*fake.uploads.values()][-1].content()


async def test_a_file_is_sent_in_parts_checked_and_published(file: Path) -> None:
    fake = FakeMaas()
    version = await push(fake, file, publish=True, changelog="First.", metadata={"class_names": ["a"]})
    assert (version.state, version.changelog, version.metadata) == ("published", "First.", {"class_names": ["a"]})
    assert stored(fake) == CONTENT
    assert sorted(fake.sent) == [1, 2, 3, 4, 5]


async def test_a_file_whose_name_the_server_would_refuse_is_not_read(tmp_path: Path) -> None:
    fake, file = FakeMaas(), tmp_path / "nul.onnx"
    file.write_bytes(CONTENT)
    with pytest.raises(errors.FileError, match=r"rename the file 'nul\.onnx'"):
        await push(fake, file)
    assert not fake.uploads


async def test_a_push_of_16_parts_needs_no_more_calls_than_one_of_one(file: Path) -> None:
    small, large = FakeMaas(part_size=8192), FakeMaas(part_size=320)
    await push(small, file)
    await push(large, file)
    assert len(small.calls) == len(large.calls)
    assert large.calls[-3].endswith("/upload")
    assert large.calls[-2].endswith("/complete")


@pytest.mark.parametrize(("part_size", "signings"), [(256, 0), (128, 1), (5, 1), (4, 2)])
async def test_a_thousand_parts_are_signed_in_one_call(file: Path, part_size: int, signings: int) -> None:
    fake = FakeMaas(part_size=part_size)  # 20, 40, 1,024 and 1,280 parts, of which the start signs 32
    await push(fake, file)
    assert stored(fake) == CONTENT
    assert len([call for call in fake.calls if call.endswith("/parts")]) == signings


class Killed(Exception):
    """Ends a push as a kill would: nothing is tidied up."""


async def _broken_off(file: Path, after: int, **options: Any) -> FakeMaas:
    """A server to which a push has sent so many parts and then died."""

    def fault(fake: FakeMaas, method: str, number: int, body: bytes) -> Any:
        if len(fake.sent) >= after:
            raise Killed
        return None

    fake = FakeMaas(fault=fault)
    with pytest.raises(Killed):
        await push(fake, file, parallel=1, **options)
    fake.fault = None
    fake.sent.clear()
    fake.calls.clear()
    return fake


@pytest.mark.parametrize("after", range(5))
async def test_an_upload_that_broke_off_goes_on_with_the_missing_parts(file: Path, after: int) -> None:
    fake = await _broken_off(file, after)
    version = await push(fake, file)
    assert (version.state, stored(fake)) == ("ready", CONTENT)
    assert sorted(fake.sent) == [*range(after + 1, 6)]
    assert len(fake.uploads) == 1


async def test_a_bump_that_broke_off_goes_on_with_its_own_version(file: Path) -> None:
    fake = await _broken_off(file, 2, version=None, bump="minor")
    version = await push(fake, file, version=None, bump="minor")
    assert (version.version, sorted(fake.sent), len(fake.versions)) == ("1.0.0", [3, 4, 5], 1)
    again = await push(fake, file, version=None, bump="minor")
    assert again.version == "1.1.0"


async def test_parts_of_another_file_of_the_same_size_are_sent_again_if_none_was_declared(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushes, "HASHED_FIRST_MAX", 0)
    fake = await _broken_off(file, 3)
    file.write_bytes(CONTENT[:2000] + b"!" + CONTENT[2001:])
    await push(fake, file)
    assert stored(fake) == file.read_bytes()
    assert sorted(fake.sent) == [2, 4, 5]


@pytest.mark.parametrize("other", [CONTENT * 2, CONTENT[:2000] + b"!" + CONTENT[2001:]])
async def test_another_file_does_not_replace_an_upload_unasked(file: Path, other: bytes) -> None:
    fake = await _broken_off(file, 3)
    file.write_bytes(other)
    with pytest.raises(errors.WrongState, match="replace"):
        await push(fake, file)
    assert (await push(fake, file, replace=True)).state == "ready"
    assert stored(fake) == other


async def test_the_same_push_again_sends_nothing(file: Path) -> None:
    fake = FakeMaas()
    await push(fake, file)
    fake.sent.clear()
    assert (await push(fake, file, publish=True)).state == "published"
    assert fake.sent == []


async def test_a_version_with_another_file_is_a_conflict(file: Path) -> None:
    fake = FakeMaas()
    await push(fake, file)
    file.write_bytes(CONTENT + b"!")
    with pytest.raises(errors.WrongState):
        await push(fake, file)


async def test_a_refused_file_raises_the_server_s_reason(file: Path) -> None:
    fake = FakeMaas()
    fake.checked, fake.failure = "failed", "the file is JSON, not ONNX"
    with pytest.raises(errors.ValidationFailed, match="the file is JSON, not ONNX") as caught:
        await push(fake, file, publish=True)
    assert caught.value.version == "1.0.0"


async def test_resets_and_503s_of_the_store_are_ridden_out(file: Path) -> None:
    troubles: Iterator[Any] = iter(
        [httpx2.WriteError("reset"), httpx2.Response(503), httpx2.ReadError("x"), httpx2.Response(500)] * 2
    )
    fake = FakeMaas(fault=lambda *_: next(troubles, None))
    await push(fake, file)
    assert stored(fake) == CONTENT


async def test_a_url_that_the_store_refuses_is_signed_again(file: Path) -> None:
    def fault(fake: FakeMaas, method: str, number: int, body: bytes) -> Any:
        if len(fake.sent) == 2:
            fake.fault, fake.generation = None, 1  # credentials that signed the first URLs have ended
        return None

    fake = FakeMaas(fault=fault)
    await push(fake, file)
    assert stored(fake) == CONTENT


async def test_a_byte_that_is_flipped_on_its_way_is_noticed_and_sent_again(file: Path) -> None:
    flipped: Iterator[bytes] = iter([b"x" * 1024])
    fake = FakeMaas(fault=lambda *_: next(flipped, None))
    await push(fake, file)
    assert stored(fake) == CONTENT
    assert len(fake.sent) == 6


async def test_bytes_that_are_flipped_each_time_are_an_error_of_their_own(file: Path) -> None:
    fake = FakeMaas(fault=lambda *_: b"x" * 1024)
    with pytest.raises(errors.CorruptUpload, match="other bytes than were sent"):
        await push(fake, file)


async def test_a_store_that_stays_away_is_a_transfer_error_without_the_url(file: Path) -> None:
    fake = FakeMaas(fault=lambda *_: httpx2.Response(503, text="<Error><Code>SlowDown</Code></Error>"))
    with pytest.raises(errors.TransferError, match="503 SlowDown") as caught:
        await push(fake, file)
    assert "s3cret" not in str(caught.value)


async def test_a_file_that_changes_while_it_is_read_is_not_completed(file: Path) -> None:
    def fault(fake: FakeMaas, method: str, number: int, body: bytes) -> Any:
        if number == 3:
            os.utime(file, (1, 1))
        return None

    fake = FakeMaas(fault=fault)
    with pytest.raises(errors.ChangedFile, match="changed while it was read"):
        await push(fake, file)
    assert not any(call.endswith("complete") for call in fake.calls)


async def test_a_file_that_is_cut_while_it_is_read_is_an_error(file: Path) -> None:
    def fault(fake: FakeMaas, method: str, number: int, body: bytes) -> Any:
        os.truncate(file, 1500)
        return None

    with pytest.raises(errors.ChangedFile):
        await push(FakeMaas(fault=fault), file, parallel=1)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda path: path.unlink(), errors.MissingFile),
        (lambda path: path.write_bytes(b""), errors.EmptyFile),
        (lambda path: (path.unlink(), path.mkdir()), errors.FileError),
        (lambda path: (path.unlink(), path.symlink_to(path)), errors.UnreadableFile),
    ],
    ids=["missing", "empty", "folder", "loop of links"],
)
async def test_a_file_that_can_t_be_sent_is_refused_before_any_call(file: Path, make: Any, kind: type) -> None:
    make(file)
    fake = FakeMaas()
    with pytest.raises(kind) as caught:
        await push(fake, file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert fake.calls == []


async def test_memory_is_bounded_by_the_parts_under_way(file: Path) -> None:
    most = alive = 0

    async def answer(request: httpx2.Request) -> httpx2.Response:
        nonlocal most, alive
        if request.method == "PUT":
            alive += 1
            most = max(most, alive)
            await asyncio.sleep(0.02)
            alive -= 1
        return fake.handle(request.method, str(request.url), request.headers, request.content)

    fake = FakeMaas(part_size=128)
    async with AsyncClient(fake.base, api_key="k", transport=httpx2.MockTransport(answer)) as api:
        await api.push(file, model="iris", version="1.0.0", parallel=3)
    assert most == 3


async def test_progress_reaches_the_end_with_a_rate(file: Path) -> None:
    seen: list[Progress] = []
    await push(FakeMaas(), file, progress=seen.append)
    sending = [each for each in seen if each.phase == "sending"]
    assert [each.done for each in sending] == [0, 1024, 2048, 3072, 4096, 5120]
    assert all(each.total == 5120 for each in sending)
    assert sending[-1].rate > 0
    assert sending[-1].left == 0


async def test_a_push_ends_at_its_deadline(file: Path) -> None:
    async def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "PUT":
            await asyncio.sleep(30)
        return fake.handle(request.method, str(request.url), request.headers, request.content)

    fake = FakeMaas()
    async with AsyncClient(fake.base, api_key="k", transport=httpx2.MockTransport(answer)) as api:
        with pytest.raises(errors.DeadlineExceeded, match=r"longer than 0\.2 s"):
            await api.push(file, model="iris", version="1.0.0", timeout=0.2)


@pytest.mark.parametrize("given", [{}, {"version": "1.0.0", "bump": "minor"}])
def test_either_a_version_or_a_bump_is_needed(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either a version"):
        Plan(Path("x"), "iris", **given)


def test_a_call_s_path_is_escaped() -> None:
    assert Call("GET", path("models", "a/b?c")).path == "/api/v1/models/a%2Fb%3Fc"
