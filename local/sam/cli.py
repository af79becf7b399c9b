"""The one place that knows how SAM CLI is run: pinned, apart from our packages (its pins clash with them).

`python -m local.sam validate --lint` runs any of its commands as the project does.
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
# They would win over the stand-in's keys, or send a token of another account along with them.
_FOREIGN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "VIRTUAL_ENV")
# What `sam local` writes when it can't start a function: it watches the code of each for changes.
_HINTS = {
    "inotify instance limit reached": "this machine lets a user watch no more folders: end another stack, or "
    "`sudo sysctl fs.inotify.max_user_instances=1024`",
    "inotify watch limit reached": "this machine lets a user watch no more files: "
    "`sudo sysctl fs.inotify.max_user_watches=524288`",
}


def argv(*arguments: str) -> list[str]:
    """The command line of `sam <arguments>`.

    Raises:
        StackError: there is no uv to run it with.
    """
    return [str(find_uv()), "tool", "run", "--quiet", "--from", f"aws-sam-cli=={VERSION}", "sam", *arguments]


def environment(shell: Mapping[str, str] = os.environ) -> dict[str, str]:
    """This shell's environment with stand-in credentials, a region, and no telemetry."""
    own = {name: value for name, value in shell.items() if name not in _FOREIGN}
    return own | CREDENTIALS | {"SAM_CLI_TELEMETRY": "0"}


def build(folder: Path = BUILT, template: Path = ROOT / "template.yaml") -> Path:
    """Builds every function and layer that changed into `folder`; answers with the built template.

    Raises:
        StackError: it can't be built; SAM's whole output is in .aws-sam/build.log.
    """
    if shutil.which("make") is None:
        raise StackError("sam build needs make, and PATH has none; on Debian and Ubuntu: apt install make")
    WORK.mkdir(exist_ok=True)
    log = WORK / "build.log"
    arguments = ("--template-file", str(template), "--build-dir", str(folder), "--cache-dir", str(WORK / "cache"))
    command = argv("build", "--cached", *arguments)
    with (WORK / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two builds at once would share one cache
        say(f"sam build: functions and layers into {folder}")
        with log.open("w") as output:
            done = subprocess.run(command, cwd=ROOT, env=environment(), stdout=output, stderr=output, check=False)
        if done.returncode != 0:
            why = last_error(log.read_text(errors="replace"))
            raise StackError(f"sam build failed: {why}; it needs the network for what changed (all of it: {log})")
    return folder / "template.yaml"


def last_error(output: str) -> str:
    """Why SAM ended, in one line of what it printed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("Error: ") for line in lines if line.startswith("Error: ")]
    return (errors or lines or ["it said nothing"])[-1]


def hint(*logs: Path) -> str:
    """What to do about what `sam local` wrote, or where to read it."""
    written = "".join(log.read_text(errors="replace") for log in logs if log.exists())
    return next((hint for words, hint in _HINTS.items() if words in written), f"logs: {logs[0].parent}")


def find_uv() -> Path:
    """The one that bootstrap.sh got, else PATH's."""
    own = sorted(ROOT.glob(".maas/uv-*/bin/uv"))
    found = str(own[-1]) if own else shutil.which("uv")
    if found is None:
        raise StackError("SAM CLI is run with uv, and there is none: ./local/test gets it, or install uv")
    return Path(found)
