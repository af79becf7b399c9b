"""Runs SAM CLI: a pinned version in its own environment, because its pins conflict with our packages.

`python -m local.sam validate --lint` runs a command of SAM CLI in this way.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.aws_account import CREDENTIALS
from local.console import say
from local.errors import StackError
from local.paths import ROOT

VERSION = "1.170.0"
WORK = ROOT / ".aws-sam"
BUILT = WORK / "build"
# Variables that would take precedence over the stand-in keys, or add a token of another account to them.
_FOREIGN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "VIRTUAL_ENV")
# Messages of `sam local` when it can't start a function, and what to do. It watches the code of each function.
_HINTS = {
    "inotify instance limit reached": "the limit of watched folders per user is reached: stop another stack, or run "
    "`sudo sysctl fs.inotify.max_user_instances=1024`",
    "inotify watch limit reached": "the limit of watched files per user is reached: "
    "run `sudo sysctl fs.inotify.max_user_watches=524288`",
}


def argv(*arguments: str) -> list[str]:
    """Returns the command line of `sam <arguments>`.

    Raises:
        StackError: uv, which runs SAM CLI, is not installed.
    """
    return [str(find_uv()), "tool", "run", "--quiet", "--from", f"aws-sam-cli=={VERSION}", "sam", *arguments]


def environment(shell: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Returns this shell's environment with stand-in credentials, a region, and telemetry off."""
    own = {name: value for name, value in shell.items() if name not in _FOREIGN}
    return own | CREDENTIALS | {"SAM_CLI_TELEMETRY": "0"}


def build(folder: Path = BUILT, template: Path = ROOT / "template.yaml") -> Path:
    """Builds every changed function and layer into `folder`. Returns the path of the built template.

    Raises:
        StackError: the build failed; SAM's output is in .aws-sam/build.log.
    """
    if shutil.which("make") is None:
        raise StackError("sam build needs make, which is not on PATH; on Debian and Ubuntu: apt install make")
    WORK.mkdir(exist_ok=True)
    log = WORK / "build.log"
    arguments = ("--template-file", str(template), "--build-dir", str(folder), "--cache-dir", str(WORK / "cache"))
    command = argv("build", "--cached", *arguments)
    with (WORK / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # concurrent builds share one cache
        say(f"sam build: functions and layers into {folder}")
        with log.open("w") as output:
            done = subprocess.run(command, cwd=ROOT, env=environment(), stdout=output, stderr=output, check=False)
        if done.returncode != 0:
            cause = last_error(log.read_text(errors="replace"))
            raise StackError(f"sam build failed: {cause}; changed packages need the network (full output: {log})")
    return folder / "template.yaml"


def last_error(output: str) -> str:
    """Returns the last error line of SAM's output, or its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("Error: ") for line in lines if line.startswith("Error: ")]
    return (errors or lines or ["there was no output"])[-1]


def hint(*logs: Path) -> str:
    """Returns what to do about an error in the logs of `sam local`, or where the logs are."""
    output = "".join(log.read_text(errors="replace") for log in logs if log.exists())
    return next((hint for words, hint in _HINTS.items() if words in output), f"logs: {logs[0].parent}")


def find_uv() -> Path:
    """Returns the uv that bootstrap.sh installed, or the one on PATH.

    Raises:
        StackError: there is no uv.
    """
    own = sorted(ROOT.glob(".maas/uv-*/bin/uv"))
    found = str(own[-1]) if own else shutil.which("uv")
    if found is None:
        raise StackError("uv, which runs SAM CLI, is not installed: run ./local/test or install uv")
    return Path(found)
