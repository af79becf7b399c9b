"""Runs commands of the Docker client. Errors are one line with the fix."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from local.console import say
from local.errors import StackError

# Patterns of the client's errors, and what to do about them; the first match counts.
_HINTS = {
    "permission denied while trying to connect": "this user has no permission to use the Docker engine: "
    "run `sudo usermod -aG docker $USER`, then log in again",
    "docker daemon running|connect to the docker daemon|error during connect": "the Docker engine does not respond: "
    "start it (`sudo systemctl start docker`, or open Docker Desktop)",
}


class DockerError(StackError):
    """A Docker command failed. The message is the last line of its `output`."""

    def __init__(self, output: str) -> None:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        super().__init__(lines[-1] if lines else "docker failed without any output")
        self.output = output


def run(*arguments: str, folder: Path | None = None) -> str:
    """Runs `docker <arguments>` and returns its output without the last line feed.

    Raises:
        DockerError: the command failed.
        StackError: Docker is not installed, or its engine does not respond.
    """
    try:
        done = subprocess.run(["docker", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise StackError("Docker is not installed: install it (https://docs.docker.com/get-docker/)") from error
    if done.returncode != 0:
        raise _error(done.stderr or done.stdout)
    return done.stdout.rstrip("\n")


def inspect(image: str) -> dict[str, Any] | None:
    """Returns the engine's description of an image, or None if it has no image of that name."""
    try:
        [found] = json.loads(run("image", "inspect", image))
    except DockerError:
        return None
    return dict(found)


def ensure_image(image: str, architecture: str) -> str:
    """Returns the id of the image for `architecture` (amd64, arm64). Pulls it first if the engine does not have it.

    Raises:
        StackError: the image can't be pulled.
    """
    found = inspect(image)
    if found is None or found["Architecture"] != architecture:
        say(f"docker pull: {image}, once")
        try:
            run("pull", "--quiet", "--platform", f"linux/{architecture}", image)
        except DockerError as error:
            problem = f"the image {image} is missing and can't be pulled: {error}"
            raise StackError(f"{problem}; check the network, then try again") from error
        found = inspect(image)
    assert found is not None
    return str(found["Id"])


def _error(output: str) -> StackError:
    for words, hint in _HINTS.items():
        if re.search(words, output, re.IGNORECASE):
            return StackError(hint)
    return DockerError(output)
