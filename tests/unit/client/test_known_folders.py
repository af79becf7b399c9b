"""Files of a folder that the organization has are proven in a push, and not sent."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_maas_sets import FakeSets
from tests.unit.client.test_push import push

CONTENTS = {"data/rows.csv": b"a,b", "model.onnx": b"the model", "notes.txt": b"some text"}


def known(folder: Path, contents: dict[str, bytes] = CONTENTS) -> FakeSets:
    """A server that has all files of the folder."""
    fake = FakeSets()
    for path, content in contents.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
        fake.contents[hashlib.sha256(content).hexdigest()] = content
    return fake


async def test_nothing_of_a_known_folder_is_sent(tmp_path: Path) -> None:
    fake = known(tmp_path)
    version = await push(fake, tmp_path)
    assert (version.state, fake.put) == ("ready", [])
    assert [call.rpartition("/")[2] for call in fake.calls[-4:-1]] == ["upload", "proofs", "complete"]


async def test_a_folder_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, walked = known(tmp_path), []

    def walk(folder: Path, **options: Any) -> Iterator[Any]:
        walked.append(folder)
        return real(folder, **options)

    real = os.walk
    monkeypatch.setattr(os, "walk", walk)
    await push(fake, tmp_path)
    assert walked == [tmp_path]


async def test_only_files_that_are_not_known_are_sent(tmp_path: Path) -> None:
    fake = known(tmp_path)
    del fake.contents[hashlib.sha256(b"a,b").hexdigest()]
    await push(fake, tmp_path)
    assert fake.arrived == {"data/rows.csv": b"a,b"}


async def test_a_file_whose_proof_is_refused_is_sent_alone(tmp_path: Path) -> None:
    fake = known(tmp_path)
    fake.lost.add(hashlib.sha256(b"some text").hexdigest())
    version = await push(fake, tmp_path)
    assert (version.state, fake.arrived) == ("ready", {"notes.txt": b"some text"})


@pytest.mark.parametrize(("lost", "sent"), [(0, 0), (30, 30), (250, 250)])
async def test_many_files_are_proven_by_the_hundred(tmp_path: Path, lost: int, sent: int) -> None:
    """A batch with more refusals than three answers name is sent."""
    contents = {"model.onnx": b"m", **{f"{n:03}.txt": f"{n}".encode() for n in range(249)}}
    fake = known(tmp_path, contents)
    fake.lost |= {hashlib.sha256(content).hexdigest() for content in sorted(contents.values())[:lost]}
    version = await push(fake, tmp_path)
    assert (version.state, len(fake.put)) == ("ready", sent)
    assert 3 <= len([call for call in fake.calls if call.endswith("/proofs")]) <= 9
