"""A push or a pull that is killed goes on in another process, without anything that the first one has kept."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from maas_client.transfer.receiving import RANGE
from tests.support.fake_maas import FakeMaas
from tests.support.fake_maas_server import served
from tests.support.rounds import FULL

pytestmark = pytest.mark.timeout(1800 if FULL else 600)

_ROUNDS = 20 if FULL else 2
_MIB = 1024 * 1024
_SIZE = (256 if FULL else 36) * _MIB + 12_345  # more than what is hashed before it is sent
_PARALLEL = 4
_LIMIT = 200  # seconds for one process, on a machine that has other work
_PUSH = """
import sys
from maas_client import Client
with Client(sys.argv[1], api_key=sys.argv[3]) as client:
    print(client.push(sys.argv[2], model="iris", version="1.0.0").state)
"""
_PULL = """
import sys
from maas_client import Client
with Client(sys.argv[1], api_key="k") as client:
    print(client.pull("iris", "1.0.0", cache_dir=sys.argv[2]).path)
"""


def _start(script: str, *arguments: str, folder: Path) -> "subprocess.Popen[str]":
    """Runs a script of the client with a home of its own, so that no process finds what another one has kept."""
    env = {**os.environ, "HOME": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], cwd=folder, env=env, stdout=subprocess.PIPE, text=True
    )


def _ended(process: "subprocess.Popen[str]", status: int) -> str:
    """Waits for the end of a process, and returns what it has printed."""
    try:
        printed = process.communicate(timeout=_LIMIT)[0]
    finally:
        process.kill()
    assert process.returncode == status
    return printed


def _random_bytes(size: int) -> bytes:
    """Returns bytes in which no two parts are alike; `randbytes` makes less than 256 MiB at once."""
    source = random.Random(7)
    return b"".join(source.randbytes(min(_MIB, size - begin)) for begin in range(0, size, _MIB))


class _ByteKiller:
    """Kills a process once so many bytes of parts have arrived in the store."""

    def __init__(self, after: int) -> None:
        self.after, self.seen = after, 0
        self.process: subprocess.Popen[str] | None = None

    def __call__(self, count: int) -> None:
        before, self.seen = self.seen, self.seen + count
        if before < self.after <= self.seen and self.process:
            self.process.send_signal(signal.SIGKILL)


class _Killer:
    """Kills a process once the store has seen so many requests."""

    def __init__(self, after: int) -> None:
        self.after, self.seen = after, 0
        self.process: subprocess.Popen[str] | None = None

    def __call__(self, fake: FakeMaas, method: str, number: int, body: bytes) -> Any:
        self.seen += 1
        if self.seen == self.after and self.process:
            self.process.send_signal(signal.SIGKILL)


def test_a_killed_push_sends_at_most_the_parts_under_way_twice(tmp_path: Path) -> None:
    content = _random_bytes(_SIZE)
    count = -(-_SIZE // _MIB)
    for seed in range(_ROUNDS):
        folders = [tmp_path / f"{seed}-{name}" for name in ("first", "second")]
        for folder in folders:  # the second process finds the file in another folder
            folder.mkdir()
            (folder / "iris.onnx").write_bytes(content)
        killer = _ByteKiller(random.Random(seed).randint(1, _SIZE - _PARALLEL * _MIB))
        fake = FakeMaas(part_size=_MIB)
        with served(fake, killer) as url:
            killer.process = _start(_PUSH, url, "iris.onnx", "k", folder=folders[0])
            _ended(killer.process, -signal.SIGKILL)
            killer.process = None
            assert _ended(_start(_PUSH, url, "iris.onnx", "another", folder=folders[1]), 0) == "ready\n"
        assert killer.seen <= _SIZE + _PARALLEL * _MIB  # bytes that were sent twice, also in half a part
        [upload] = fake.uploads.values()
        assert upload.content() == content
        assert count <= len(fake.sent) <= count + _PARALLEL
        for folder in folders:
            (folder / "iris.onnx").unlink()


def test_a_killed_pull_fetches_at_most_the_ranges_under_way_twice(tmp_path: Path) -> None:
    size = 5 * RANGE + 1
    content = _random_bytes(size)
    (tmp_path / "iris.onnx").write_bytes(content)
    fake = FakeMaas(part_size=size)
    with served(fake) as url:
        _ended(_start(_PUSH, url, "iris.onnx", "k", folder=tmp_path), 0)
        killer = _Killer(3)
        fake.fault = killer
        killer.process = _start(_PULL, url, str(tmp_path / "cache"), folder=tmp_path)
        _ended(killer.process, -signal.SIGKILL)
        found = Path(_ended(_start(_PULL, url, str(tmp_path / "cache"), folder=tmp_path), 0).strip())
    assert found.read_bytes() == content
    assert 6 <= killer.seen <= 6 + _PARALLEL


_MEMORY = """
import pathlib, sys
from maas_client import Client
with Client(sys.argv[1], api_key="k") as client:
    client.push("iris.onnx", model="iris", version="1.0.0")
    client.pull("iris", "1.0.0", cache_dir="cache")
print(next(line.split()[1] for line in pathlib.Path("/proc/self/status").open() if line.startswith("VmHWM")))
"""
_MEMORY_MAX = 300 * 1024  # KiB, of which about 60,000 are Python and the libraries


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    size = (256 if FULL else 96) * _MIB
    (tmp_path / "iris.onnx").write_bytes(_random_bytes(size))
    with served(FakeMaas(part_size=8 * _MIB)) as url:
        peak = int(_ended(_start(_MEMORY, url, folder=tmp_path), 0))
    assert peak < (_MEMORY_MAX if FULL else 180 * 1024)
