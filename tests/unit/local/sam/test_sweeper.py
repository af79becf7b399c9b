"""The sweeper after the end of the stack."""

import subprocess
import sys
from pathlib import Path

from local.paths import ROOT


def test_folders_are_removed_even_without_a_network(tmp_path: Path) -> None:
    folders = [tmp_path / "build", tmp_path / "data"]
    for folder in folders:
        (folder / "inner").mkdir(parents=True)

    command = [sys.executable, "-m", "local.sam.sweeper", "maas-none", *map(str, folders)]
    done = subprocess.run(command, cwd=ROOT, input="", capture_output=True, text=True, check=True)

    assert list(tmp_path.iterdir()) == []
    assert done.stderr == ""
