"""Programs that no package brings: found on PATH, or made once by local/tools/get-<name>."""

import re
import shutil
import subprocess
from pathlib import Path

from local.errors import StackError
from local.paths import TOOLS

JDK_MIN = 17


def find(name: str) -> str | None:
    """The program on PATH, or the one built before."""
    return shutil.which(name) or shutil.which(name, path=Path.home() / ".cache/maas/bin")


def find_or_build(name: str) -> str:
    """The program, built now if there is none.

    Raises:
        StackError: it can't be built; local/tools/get-<name> has said why.
    """
    if find(name) is None and subprocess.run([TOOLS / f"get-{name}"], check=False).returncode != 0:
        raise StackError(f"{name} can't be had on this machine")
    found = find(name)
    assert found is not None
    return found


def missing_tool(name: str) -> str:
    """What this machine would need to make the program, and has not; empty if it has all."""
    if name != "dynamodb-local":
        return "" if shutil.which("go") else "Go to build it"
    if _jdk() < JDK_MIN:
        return f"JDK {JDK_MIN} or newer to run it"
    return "" if shutil.which("mvn") else "Maven to fetch it"


def _jdk() -> int:
    """The release of the JDK on PATH; 0 if there is none."""
    if shutil.which("java") is None or shutil.which("javac") is None:
        return 0
    said = subprocess.run(["javac", "-version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"javac (\d+)", said)
    return int(found[1]) if found else 0
