"""Programs that can't live in our environment: their pins clash with ours."""

import functools
import subprocess

from local.sam import cli

# What SAM CLI 1.170.0 comes with.
SAM_TRANSLATOR = "aws-sam-translator==1.115.0"


@functools.cache
def python_with(*requirements: str) -> str:
    """The Python of an environment with these packages, made now if there is none.

    Its own path, not `uv tool run python`: that one stays between us and the program, and ends without it.
    """
    packages = [argument for requirement in requirements for argument in ("--with", requirement)]
    command = [
        str(cli.find_uv()),
        "tool",
        "run",
        "--quiet",
        *packages,
        "python",
        "-c",
        "import sys; print(sys.executable)",
    ]
    return subprocess.run(command, env=cli.environment(), stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
