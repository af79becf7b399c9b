"""The commands of `local/`, run beside a stack."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.stacks import ROOT, RunningStack


def local(command: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "local", command, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def printed(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def data_of(stack: RunningStack) -> Path:
    return Path(stack.ready["logs"]).parent
