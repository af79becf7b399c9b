"""Python environments for programs whose pinned dependencies conflict with ours."""

import functools
import subprocess

from local.sam import cli

# The version that SAM CLI 1.170.0 includes.
SAM_TRANSLATOR = "aws-sam-translator==1.115.0"


@functools.cache
def python_with(*requirements: str) -> str:
    """Returns the path of Python in an environment with these packages, which uv creates on the first call.

    `uv tool run python` would stay as a parent process and could end before the program does.
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
