"""Files that the organization has are proven in a push, and not sent."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from maas_client.transfer import push as pushes
from tests.support.client_api import problem
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


@pytest.mark.parametrize(("same", "sent"), [(True, []), (False, [1, 2, 3, 4, 5])])
async def test_a_large_file_is_hashed_first_if_one_of_its_size_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same: bool, sent: list[int]
) -> None:
    monkeypatch.setattr(pushes, "HASHED_FIRST_MAX", 0)
    fake, file = known(tmp_path)
    content = CONTENT if same else CONTENT[::-1]
    file.write_bytes(content)
    version = await push(fake, file)
    assert (version.state, stored(fake), sorted(fake.sent)) == ("ready", content, sent)
    assert [upload.body["sha256"] for upload in fake.uploads.values()] == [hashlib.sha256(content).hexdigest()]
    steps = [call.rpartition("/")[2] for call in fake.calls[3:-1]]
    assert steps == ["upload", "upload", *(["proofs"] if same else []), "complete"]


async def test_a_large_file_of_a_new_size_is_sent_while_it_is_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushes, "HASHED_FIRST_MAX", 0)
    fake, file = known(tmp_path)
    file.write_bytes(CONTENT[1:])
    hashed = []
    fake.fault = lambda maas, *_: hashed.append([each.body["sha256"] for each in maas.uploads.values()])
    version = await push(fake, file)
    assert (version.state, stored(fake)) == ("ready", CONTENT[1:])
    assert hashed == [[None]] * 5
    assert [call.rpartition("/")[2] for call in fake.calls[3:-1]] == ["upload", "complete"]


async def test_a_server_that_can_t_tell_gets_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushes, "HASHED_FIRST_MAX", 0)
    fake, file = known(tmp_path)
    start = fake._start

    def older(model: str, given: dict[str, Any]) -> Any:
        field = {"field": "unless_known", "rule": "unknown", "message": "is not a field"}
        return problem(422, "invalid_input", errors=[field]) if "unless_known" in given else start(model, given)

    fake._start = older  # type: ignore[method-assign]
    version = await push(fake, file)
    assert (version.state, stored(fake), fake.sent) == ("ready", CONTENT, [])
