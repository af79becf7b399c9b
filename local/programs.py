"""Programs that are not in a package: found on PATH, or built once by local/tools/get-<name>."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from local.errors import StackError
from local.paths import TOOLS

JDK_MIN = 17
# An older build, called dynamodb-local, keeps its tables in memory alone.
# Chromium has the names of systems and vendors.
_FILES = {
    "dynamodb-local": ("dynamodb-local-server",),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
}


def find(name: str) -> str | None:
    """Returns the path of the program on PATH or of the one built earlier, or None."""
    built = Path.home() / ".cache/maas/bin"
    files = _FILES.get(name, (name,))
    return next((found for file in files if (found := shutil.which(file) or shutil.which(file, path=built))), None)


def find_or_build(name: str) -> str:
    """Returns the path of the program. Builds it first if it is missing.

    Raises:
        StackError: the build failed; local/tools/get-<name> has printed the reason.
    """
    if find(name) is None and _run(TOOLS / f"get-{name}") != 0:
        raise StackError(f"{name} can't be built on this machine")
    found = find(name)
    assert found is not None
    return found


def _run(script: Path) -> int:
    """Runs a script and returns its exit status. If this process has to end, the script and its children end too."""
    process = subprocess.Popen([script], start_new_session=True)
    try:
        return process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise


def missing_tool(name: str) -> str:
    """Returns the missing tool that is needed to build the program; empty if no tool is missing."""
    if name == "chromium":  # a package of the system: a person decides on a laptop
        can = shutil.which("apt-get") and os.getuid() == 0 and os.environ.get("CI") == "true"
        return "" if can else "CI=true, root and apt-get to install it"
    if name == "prometheus":
        return "" if shutil.which("apt-get") and shutil.which("dpkg-deb") else "apt-get and dpkg-deb to fetch it"
    if name == "dynoxide":
        return "" if shutil.which("cargo") else "Rust (cargo) to build it"
    if name != "dynamodb-local":
        return "" if shutil.which("go") else "Go to build it"
    if _jdk_version() < JDK_MIN:
        return f"JDK {JDK_MIN} or newer to run it"
    return "" if shutil.which("mvn") else "Maven to fetch it"


def _jdk_version() -> int:
    """Returns the major version of the JDK on PATH, or 0."""
    if shutil.which("java") is None or shutil.which("javac") is None:
        return 0
    output = subprocess.run(["javac", "-version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"javac (\d+)", output)
    return int(found[1]) if found else 0
