"""A file that is much larger than the server takes is refused for its size, and not read."""

from pathlib import Path
from typing import Any

import pytest

from maas_client import AsyncClient, errors
from maas_client.local_files import SourceFile
from tests.support.client_api import FAST
from tests.support.fake_maas import FakeMaas


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
    monkeypatch.setattr(SourceFile, "read", read)
    monkeypatch.setattr(SourceFile, "hash", read)
    monkeypatch.setattr("maas_client.transfer.cache.sha256_of", read)
    for _ in range(2):  # the second push finds the draft of the first
        with pytest.raises(errors.InvalidInput, match="must be from 1 to 786432000 bytes"):
            await push(fake, sparse)
    fake.versions[next(iter(fake.versions))] |= {"state": "ready", "size": 5, "sha256": "a" * 64}
    with pytest.raises(errors.WrongState, match="ready"):
        await push(fake, sparse)
    assert fake.uploads == {}
