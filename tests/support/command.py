"""The command `maas` as a process of its own, with an environment of its own."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.stacks import ROOT

Done = subprocess.CompletedProcess[str]
COMMAND = [sys.executable, "-m", "maas_client.cli"]


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The environment of a command: its configuration is in the folder, and no proxy or setting of ours is in it."""
    kept = {name: value for name, value in os.environ.items() if not _is_ours(name)}
    places = {"MAAS_CONFIG_DIR": str(folder / "config"), "MAAS_CACHE_DIR": str(folder / "cache")}
    return {**kept, **places, "PYTHONPATH": str(ROOT / "clients" / "python" / "src"), **variables}


def _is_ours(name: str) -> bool:
    return name.startswith("MAAS_") or name.lower().endswith("_proxy") or name in {"NO_COLOR", "COLUMNS"}


@dataclass
class Command:
    """Runs `maas` in a folder; its requests go to `url`."""

    folder: Path
    url: str = ""

    def __call__(self, *arguments: str, stdin: str = "", **variables: str) -> Done:
        given = {"MAAS_API_URL": self.url, "MAAS_API_KEY": "k", **variables} if self.url else variables
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=environment(self.folder, **given),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def told(done: Done, status: int, words: str) -> None:
    """The command has ended with this status and one line that has the words."""
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert re.search(words, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
