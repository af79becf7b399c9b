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


def _run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=environment(folder), cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_version_is_told_before_libraries_are_loaded(tmp_path: Path) -> None:
    assert _run(tmp_path, _LOADED).stdout.splitlines()[-1] == "0 []"
