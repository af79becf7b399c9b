"""One flipped byte on its way, in the store or in the local cache, through the command `maas`."""

import json
import os
from pathlib import Path

from tests.support.command import Command, told
from tests.support.fake_maas import FakeMaas
from tests.support.fake_maas_server import served


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_flipped_byte_is_another_error_in_flight_at_rest_and_in_the_cache(tmp_path: Path) -> None:
    """None of them leaves a file."""
    fake, count = FakeMaas(part_size=100_000), [0]
    content = os.urandom(10_000)
    (tmp_path / "x.onnx").write_bytes(content)

    def in_flight(fake: FakeMaas, method: str, number: int, body: bytes) -> bytes | None:
        count[0] += 1
        return _flipped(content, count[0]) if method == "GET" else None

    with served(fake) as url:
        maas, folder = Command(tmp_path, url), tmp_path / "out"
        folder.mkdir()
        assert maas("push", "x.onnx", "iris:1.0.0").returncode == 0
        pull = ("pull", "iris:1.0.0", "--to", str(folder))
        fake.fault = in_flight
        told(maas(*pull), 1, "were changed on their way")
        fake.fault = None
        [stored] = fake.uploads.values()
        stored.parts = {1: _flipped(content, 7)}
        told(maas(*pull), 1, "the stored file of version 1.0.0 is not the one that was checked")
        stored.parts = {1: content}
        kept = Path(json.loads(maas("pull", "iris:1.0.0").stdout)["path"])
        kept.chmod(0o600)
        kept.write_bytes(_flipped(content, 7))
        told(maas(*pull), 1, "is not the file that was stored: delete it")
        assert [*folder.iterdir()] == []
        kept.unlink()
        assert maas(*pull).returncode == 0
    assert [path.read_bytes() for path in folder.iterdir()] == [content]
