"""Files of versions come into the cache, whole and verified."""

import errno
import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from maas_client import AsyncClient, Cache, errors
from maas_client.http import store
from maas_client.transfer import receiving
from tests.support.client_api import FAST
from tests.support.fake_maas import FakeMaas

CONTENT = bytes(range(256)) * 40  # ten ranges of 1,024 bytes


@pytest.fixture(autouse=True)
def _small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "RANGE", 1024)
    monkeypatch.setattr(store, "_BASE", 0.0001)


@pytest.fixture
def fake() -> FakeMaas:
    """A server with one version; it counts the ranges that it has sent in `sent`."""
    fake = FakeMaas(part_size=len(CONTENT))
    model = fake._create_model({"name": "iris", "framework": "onnx"})["id"]
    fake._create_version(model, {"version": "1.0.0"})
    started = fake._start(model, {"version": "1.0.0", "filename": "x.onnx", "size": len(CONTENT)})
    fake.uploads[started["upload_id"]].parts[1] = CONTENT
    fake._complete(started["upload_id"], {"sha256": hashlib.sha256(CONTENT).hexdigest()})
    fake.fault = _counted
    return fake


def _counted(fake: FakeMaas, method: str, number: int, body: bytes) -> Any:
    fake.sent.append(number)
    return None


async def pull(fake: FakeMaas, folder: Path, ref: str | None = None, **options: Any) -> Any:
    async with AsyncClient(fake.base, api_key="k", retries=FAST, transport=fake.transport()) as api:
        return await api.pull("iris", ref, cache_dir=folder / "cache", **options)


async def test_a_file_comes_into_the_cache_and_to_its_place(fake: FakeMaas, tmp_path: Path) -> None:
    found = await pull(fake, tmp_path, to=tmp_path)
    assert found.path == tmp_path / "iris-1.0.0.onnx"
    assert found.path.read_bytes() == CONTENT
    assert (found.version, found.cached, len(fake.sent)) == ("1.0.0", False, 10)
    assert {path.name for path in tmp_path.iterdir()} == {"cache", "iris-1.0.0.onnx"}


async def test_a_second_pull_fetches_nothing(fake: FakeMaas, tmp_path: Path) -> None:
    first = await pull(fake, tmp_path)
    fake.sent.clear()
    second = await pull(fake, tmp_path, "1.0.0")
    assert (second.path, second.cached, fake.sent) == (first.path, True, [])


async def test_a_dry_run_writes_nothing(fake: FakeMaas, tmp_path: Path) -> None:
    found = await pull(fake, tmp_path, dry_run=True, to=tmp_path / "x.onnx")
    assert (found.path, found.size, found.cached) == (tmp_path / "x.onnx", len(CONTENT), False)
    assert [*tmp_path.iterdir()] == []


class Killed(Exception):
    """Ends a pull as a kill would."""


@pytest.mark.parametrize("after", [0, 1, 5, 9])
async def test_a_pull_that_broke_off_fetches_the_missing_ranges_alone(
    fake: FakeMaas, tmp_path: Path, after: int
) -> None:
    def dying(fake: FakeMaas, method: str, number: int, body: bytes) -> Any:
        if len(fake.sent) == after:
            raise Killed
        return _counted(fake, method, number, body)

    fake.fault = dying
    with pytest.raises(Killed):
        await pull(fake, tmp_path, parallel=1)
    assert [*Cache(tmp_path / "cache").verify()] == []  # nothing incomplete is a file of the cache
    fake.fault = _counted
    fake.sent.clear()
    found = await pull(fake, tmp_path)
    assert found.path.read_bytes() == CONTENT
    assert len(fake.sent) == 10 - after


async def test_resets_short_answers_and_ended_urls_are_ridden_out(fake: FakeMaas, tmp_path: Path) -> None:
    troubles = iter(
        [
            httpx2.ReadError("reset"),
            httpx2.Response(503),
            httpx2.Response(206, content=b"short", headers={"content-range": f"bytes 0-1023/{len(CONTENT)}"}),
        ]
    )

    def fault(fake: FakeMaas, method: str, number: int, body: bytes) -> Any:
        if len(fake.sent) == 4:
            fake.generation += 1
        return next(troubles, None) or _counted(fake, method, number, body)

    fake.fault = fault
    assert (await pull(fake, tmp_path, parallel=1)).path.read_bytes() == CONTENT


async def test_a_byte_flipped_on_its_way_is_fetched_again(fake: FakeMaas, tmp_path: Path) -> None:
    flips = iter([b"!" + CONTENT[1:]])
    fake.fault = lambda *_: next(flips, None)
    assert (await pull(fake, tmp_path)).path.read_bytes() == CONTENT


async def test_bytes_flipped_each_time_at_another_place_are_corrupt_on_their_way(
    fake: FakeMaas, tmp_path: Path
) -> None:
    count = iter(range(100))
    fake.fault = lambda *_: bytes([next(count)]) * len(CONTENT)
    with pytest.raises(errors.CorruptDownload):
        await pull(fake, tmp_path)
    assert [*Cache(tmp_path / "cache").verify()] == []


async def test_a_file_changed_in_the_store_is_corrupt_there(fake: FakeMaas, tmp_path: Path) -> None:
    fake.fault = lambda *_: b"!" + CONTENT[1:]
    with pytest.raises(errors.CorruptStore):
        await pull(fake, tmp_path, to=tmp_path / "x.onnx")
    assert not (tmp_path / "x.onnx").exists()


async def test_a_byte_flipped_in_the_cache_is_an_error_of_its_own(fake: FakeMaas, tmp_path: Path) -> None:
    path = (await pull(fake, tmp_path)).path
    path.chmod(0o600)
    path.write_bytes(b"!" + CONTENT[1:])
    [found] = Cache(tmp_path / "cache").verify()
    assert (found.intact, found.path) == (False, path)
    with pytest.raises(errors.CorruptCache, match="delete it, then pull again"):
        await pull(fake, tmp_path)
    path.unlink()
    assert (await pull(fake, tmp_path)).path.read_bytes() == CONTENT


async def test_another_file_in_the_store_is_a_transfer_error(fake: FakeMaas, tmp_path: Path) -> None:
    fake.fault = lambda *_: CONTENT * 2
    with pytest.raises(errors.TransferError, match="another range"):
        await pull(fake, tmp_path)


async def test_too_little_space_is_noticed_before_a_byte_is_fetched(
    fake: FakeMaas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=5))
    with pytest.raises(errors.NoSpace, match="5 bytes left"):
        await pull(fake, tmp_path)
    assert fake.sent == []


async def test_a_disk_that_fills_up_is_one_error(
    fake: FakeMaas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.write", full)
    with pytest.raises(errors.NoSpace, match="no space left"):
        await pull(fake, tmp_path)


async def test_a_place_that_can_t_be_written_is_one_error(fake: FakeMaas, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.FileError, match="can't be written"):
        await pull(fake, tmp_path, to=tmp_path / "file" / "x.onnx")
