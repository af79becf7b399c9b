"""Completion of the command `maas` in bash, zsh and fish."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.command import Command


def test_the_shells_complete_commands(tmp_path: Path) -> None:
    """Bash, zsh and fish ask the command itself, with what was typed so far in variables."""
    for shell, words, typed in (("bash", "COMP_WORDS", "maas mod"), ("zsh", "COMP_WORDS", "maas mod")):
        done = Command(tmp_path)(_MAAS_COMPLETE=f"{shell}_complete", **{words: typed}, COMP_CWORD="1")
        assert "models" in done.stdout, shell
    done = Command(tmp_path)(_MAAS_COMPLETE="fish_complete", COMP_WORDS="maas mod", COMP_CWORD="mod")
    assert "models" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_accepted_by_its_shell(tmp_path: Path, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    script = Command(tmp_path)("completion", shell).stdout
    done = subprocess.run([program, "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
