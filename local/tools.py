"""Programs that come as Go source: found on PATH, or built once by local/get-<name>."""

import shutil
import subprocess
from pathlib import Path

from local.errors import StackError

HERE = Path(__file__).resolve().parent


def find(name: str) -> str | None:
    """The program on PATH, or the one built before."""
    return shutil.which(name) or shutil.which(name, path=Path.home() / ".cache/maas/bin")


def get(name: str) -> str:
    """The program, built now if there is none.

    Raises:
        StackError: it can't be built; local/get-<name> has said why.
    """
    if find(name) is None and subprocess.run([HERE / f"get-{name}"], check=False).returncode != 0:
        raise StackError(f"{name} can't be had on this machine")
    found = find(name)
    assert found is not None
    return found
