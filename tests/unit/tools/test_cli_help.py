"""The help in local/help is that of the commands."""

import pytest

from tools import cli_help


@pytest.mark.parametrize("name", cli_help.COMMANDS)
def test_the_file_has_the_help_of_its_command(name: str) -> None:
    file = cli_help.FOLDER / f"{name}.txt"
    assert file.read_text() == cli_help.help_of(name), "run: PYTHONPATH=.:layers/shared/python python tools/cli_help.py"
