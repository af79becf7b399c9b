"""Files that the organization has are proven in a push, and not sent."""

import hashlib
from pathlib import Path

from tests.support.fake_maas import FakeMaas
from tests.unit.client.test_push import CONTENT, push, stored


def known(folder: Path) -> tuple[FakeMaas, Path]:
    """A server that has the content of a file, and the file."""
    fake, file = FakeMaas(), folder / "iris.onnx"
    file.write_bytes(CONTENT)
    fake.contents[hashlib.sha256(CONTENT).hexdigest()] = CONTENT
    return fake, file


async def test_a_file_that_the_organization_has_is_proven_and_not_sent(tmp_path: Path) -> None:
    fake, file = known(tmp_path)
    version = await push(fake, file)
    assert (version.state, stored(fake), fake.sent) == ("ready", CONTENT, [])
    assert [call.rpartition("/")[2] for call in fake.calls[-4:-1]] == ["upload", "proofs", "complete"]


async def test_a_file_whose_proof_is_refused_is_sent(tmp_path: Path) -> None:
    fake, file = known(tmp_path)
    fake.forgets = True
    version = await push(fake, file)
    assert (version.state, stored(fake), sorted(fake.sent)) == ("ready", CONTENT, [1, 2, 3, 4, 5])
