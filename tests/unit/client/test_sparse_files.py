"""A file that is much larger than the server takes is refused for its size, and not read."""

from pathlib import Path
from typing import Any

import pytest

from maas_client import AsyncClient, errors
from maas_client.local_files import SourceFile
from tests.support.client_api import FAST
from tests.support.fake_maas import FakeMaas
from tests.support.fake_maas_sets import FakeSets


async def push(fake: FakeMaas, path: Path) -> None:
    async with AsyncClient(fake.base, api_key="k", retries=FAST, transport=fake.transport()) as api:
        await api.push(path, model="iris", version="1.0.0")


async def test_a_file_past_the_server_s_limit_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: Any) -> bytes:
        raise AssertionError("the file is read")

    sparse = tmp_path / "iris.onnx"
    with sparse.open("wb") as handle:
        handle.truncate(20 * 1024**3)
    fake = FakeMaas()
    fake.max_bytes = 750 * 1024**2
    monkeypatch.setattr("maas_client.transfer.part_puts.read_at", read)
    monkeypatch.setattr(SourceFile, "hash", read)
    monkeypatch.setattr("maas_client.transfer.cache.sha256_of", read)
    for _ in range(2):  # the second push finds the draft of the first
        with pytest.raises(errors.InvalidInput, match="must be from 1 to 786432000 bytes"):
            await push(fake, sparse)
    fake.versions[next(iter(fake.versions))] |= {"state": "ready", "size": 5, "sha256": "a" * 64}
    with pytest.raises(errors.WrongState, match="ready"):
        await push(fake, sparse)
    assert fake.uploads == {}


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"iris.onnx": 20 * 1024**3}, "iris.onnx: its size must be from 1 to 786432000 bytes"),
        ({"iris.onnx": 5, "rows.csv": 20 * 1024**3}, "rows.csv: its size must be from 0 to 5368709120 bytes"),
        ({"iris.onnx": 5, "a": 3 * 1024**3, "b": 3 * 1024**3}, "files: must have at most 5368709120 bytes together"),
    ],
    ids=["main file", "file beside it", "together"],
)
async def test_a_folder_past_the_server_s_limits_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: dict[str, int], words: str
) -> None:
    for name, size in sizes.items():
        with (tmp_path / name).open("wb") as handle:
            handle.truncate(size)
    fake = FakeSets()
    fake.max_bytes = 750 * 1024**2
    monkeypatch.setattr("maas_client.transfer.folders.sha256_of", None)
    with pytest.raises(errors.MaasError, match=words):
        await push(fake, tmp_path)
    assert (fake.sets, fake.versions) == ({}, {})


async def test_a_large_folder_is_asked_for_and_then_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maas_client.transfer.push_folder._ASKED_FROM", 4)
    (tmp_path / "iris.onnx").write_bytes(b"model")
    (tmp_path / "a.csv").write_bytes(b"1,2")
    fake = FakeSets()
    await push(fake, tmp_path)
    assert sorted(fake.put) == ["a.csv", "iris.onnx"]  # they are sent at once


async def test_a_small_folder_s_refusal_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "iris.onnx").write_bytes(b"model")
    fake = FakeSets()
    fake.max_bytes = 4
    with pytest.raises(errors.FileError, match=r"iris\.onnx: its size must be from 1 to 4 bytes"):
        await push(fake, tmp_path)
