"""What a stack that was killed leaves to its sweeper."""

import subprocess
import sys
from pathlib import Path

from local.paths import ROOT


def test_folders_go_when_the_stack_does_even_if_there_was_no_network_yet(tmp_path: Path) -> None:
    folders = [tmp_path / "build", tmp_path / "data"]
    for folder in folders:
        (folder / "inner").mkdir(parents=True)

    command = [sys.executable, "-m", "local.sam.sweeper", "maas-none", *map(str, folders)]
    done = subprocess.run(command, cwd=ROOT, input="", capture_output=True, text=True, check=True)

    assert list(tmp_path.iterdir()) == []
    assert done.stderr == ""
