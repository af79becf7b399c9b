"""Parts of a push: their sizes, and who notices that one was changed on its way."""

from pathlib import Path

import pytest

from maas_client import errors
from maas_client.transfer import push as pushes
from tests.support.fake_maas import FakeMaas
from tests.unit.client.test_push import CONTENT, push, stored


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "iris.onnx"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("base", ["https://api.test", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"])
async def test_where_no_wire_can_flip_a_byte_the_server_s_check_has_the_word(file: Path, base: str) -> None:
    """TLS notices a byte that is flipped on its way, and a loopback has no way: so a store that does it is broken."""
    fake = FakeMaas(base, fault=lambda *_: b"x" * 1024)
    with pytest.raises(errors.ValidationFailed, match="has another SHA-256"):
        await push(fake, file)
    assert sorted(fake.sent) == [1, 2, 3, 4, 5]


async def test_a_large_file_is_sent_in_larger_parts(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushes, "_LARGE", range(len(CONTENT), len(CONTENT) + 1))
    monkeypatch.setattr(pushes, "_PART_OF_LARGE", 2048)
    fake = FakeMaas()
    await push(fake, file)
    assert (sorted(fake.sent), stored(fake)) == ([1, 2, 3], CONTENT)
