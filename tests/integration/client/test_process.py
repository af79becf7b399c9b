"""The process of the command loads what it needs."""

import subprocess
import sys
from pathlib import Path

from tests.support.command import environment

_LOADED = """
import sys
from maas_client.cli.app import run
status = run(["--version"])
print(status, sorted({"httpx2", "pydantic", "rich", "asyncio"} & {*sys.modules}))
"""

_NOT_CLOSED = """
from maas_client import Client, errors
client = Client("http://127.0.0.1:1", api_key="k", timeout=3)
try:
    client.models.get("iris")
except errors.MaasError as error:
    print(type(error).__name__)
"""


def _run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=environment(folder), cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_version_is_told_before_libraries_are_loaded(tmp_path: Path) -> None:
    assert _run(tmp_path, _LOADED).stdout.splitlines()[-1] == "0 []"


def test_a_script_that_does_not_close_its_client_ends(tmp_path: Path) -> None:
    done = _run(tmp_path, _NOT_CLOSED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ConnectionFailed\n", "")
