"""A folder with a file of more than 64 MiB, which is sent in parts, goes on after its push was killed."""

import json
import os
import random
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from maas_client import Client
from tests.samples import onnx_files
from tests.support.stack_users import PASSWORD
from tests.support.stacks import RunningStack

pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(600)]

_MIB = 1024 * 1024
_SIZE = 70 * _MIB
_KILLED_AT = 30 * _MIB
# Prints the state, the bytes that need not be sent again, and those that are sent, unless it kills itself.
_PUSH = """
import os, signal, sys
from maas_client import Client
url, email, password, folder, end = sys.argv[1:]
sending = []
def seen(progress):
    if progress.phase == "sending":
        sending.append(progress.done)
        if progress.done >= int(end):
            os.kill(os.getpid(), signal.SIGKILL)
with Client(url) as client:
    client.auth.login(email, password)
    version = client.push(folder, model="large", version="1.0.0", progress=seen, parallel=2)
    print(version.state, sending[1], sending[-1])
"""


def _push(url: str, email: str, folder: Path, end: int, home: Path) -> "subprocess.CompletedProcess[str]":
    """Pushes in a process that finds nothing of what another one has kept."""
    env = {**os.environ, "HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _PUSH, url, email, PASSWORD, str(folder), f"{end}"]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)


def _safetensors(size: int) -> bytes:
    header = json.dumps({"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return len(header).to_bytes(8, "little") + header + random.Random(7).randbytes(size)


def test_a_folder_with_a_large_file_goes_on_after_a_kill(local_stack: RunningStack, tmp_path: Path) -> None:
    folder, email = tmp_path / "large", f"{secrets.token_hex(6)}@example.com"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(onnx_files.largest_of_four())
    (folder / "weights.bin").write_bytes(_safetensors(_SIZE))
    total = sum(file.stat().st_size for file in folder.iterdir())
    homes = [tmp_path / "one", tmp_path / "two"]
    for home in homes:
        home.mkdir()
    with Client(local_stack.url) as client:
        client.auth.register(email, PASSWORD)
        client.auth.login(email, PASSWORD)
        killed = _push(local_stack.url, email, folder, _KILLED_AT, homes[0])
        assert killed.returncode == -signal.SIGKILL, killed.stderr

        again = _push(local_stack.url, email, folder, sys.maxsize, homes[1])

        assert again.returncode == 0, again.stderr
        state, kept, sent = again.stdout.split()
        assert (state, int(sent)) == ("ready", total)
        assert int(kept) >= _KILLED_AT - 2 * 8 * _MIB
        pulled = client.pull("large", "1.0.0", to=tmp_path / "copy", cache_dir=tmp_path / "cache")
        for file in folder.iterdir():
            assert (pulled.path / file.name).read_bytes() == file.read_bytes()
        assert {file.path: file.format for file in client.versions.files("large", "1.0.0").files} == {
            "model.onnx": "onnx",
            "weights.bin": "safetensors",
        }
