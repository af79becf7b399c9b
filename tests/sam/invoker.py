"""Runs `sam local invoke` repeatedly in SAM CLI's own Python, because importing SAM CLI takes most of a call's time.

Reads lines of JSON: {"arguments": [...], "stdout": file, "stderr": file}. Runs each as the command `sam` in a forked
process, and prints its exit status on a line.
"""

import json
import os
import sys

from samcli.cli.main import cli  # type: ignore[import-not-found]
from samcli.commands.local.invoke import cli as _imported_early  # type: ignore[import-not-found] # noqa: F401


def run(arguments: list[str], stdout: str, stderr: str) -> int:
    """Returns the exit status of the command. The forked process exits inside."""
    child = os.fork()
    if child == 0:
        for number, file in ((1, stdout), (2, stderr)):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
        cli(arguments, prog_name="sam")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        print(run(**json.loads(line)), flush=True)
