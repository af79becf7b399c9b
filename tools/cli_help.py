"""Writes the help of the commands to local/help, so that their scripts answer --help without an environment.

Run it as `PYTHONPATH=.:layers/shared/python python tools/cli_help.py`. A test compares the files with its output.
"""

from pathlib import Path

import click

from local.cli import main

FOLDER = Path(__file__).resolve().parents[1] / "local" / "help"
COMMANDS = ("up", "status", "down", "backup", "restore", "test")


def help_of(name: str) -> str:
    """The help of a command, with the name of its script."""
    command = main.commands[name]
    context = click.Context(command, info_name=f"./local/{name}", terminal_width=100, **command.context_settings)
    return f"{command.get_help(context)}\n"


if __name__ == "__main__":
    for name in COMMANDS:
        (FOLDER / f"{name}.txt").write_text(help_of(name))
