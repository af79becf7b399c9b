"""`sam local invoke` again and again, run by SAM CLI's own Python: importing it takes longer than all the rest.

Reads lines of JSON, {"arguments": [...], "stdout": file, "stderr": file}; each is done by a process of its own, as the
command `sam` would do it, and answered with a line that has its status.
"""

import json
import os
import sys

from samcli.cli.main import cli  # type: ignore[import-not-found]
from samcli.commands.local.invoke import cli as _imported_early  # type: ignore[import-not-found] # noqa: F401


def run(arguments: list[str], stdout: str, stderr: str) -> int:
    """Its status; the process that does it never returns from here."""
    child = os.fork()
    if child == 0:
        for number, file in ((1, stdout), (2, stderr)):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
        cli(arguments, prog_name="sam")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        print(run(**json.loads(line)), flush=True)
