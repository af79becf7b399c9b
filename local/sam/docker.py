"""The Docker client: its commands, and what stands in their way in one line with the fix."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from local.console import say
from local.errors import StackError

# What the client writes, and what to do about it; the first that fits counts.
_HINTS = {
    "permission denied while trying to connect": "this user may not use the Docker engine: "
    "`sudo usermod -aG docker $USER`, then log in again",
    "docker daemon running|connect to the docker daemon|error during connect": "the Docker engine does not answer: "
    "start it (`sudo systemctl start docker`, or open Docker Desktop)",
}


class DockerError(StackError):
    """A command of Docker failed; the message is the last line of its `output`."""

    def __init__(self, output: str) -> None:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        super().__init__(lines[-1] if lines else "docker failed without a word")
        self.output = output


def run(*arguments: str, folder: Path | None = None) -> str:
    """What `docker <arguments>` prints, without the last line feed.

    Raises:
        DockerError: it failed.
        StackError: there is no Docker, or its engine does not answer.
    """
    try:
        done = subprocess.run(["docker", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise StackError("there is no Docker here: install it (https://docs.docker.com/get-docker/)") from error
    if done.returncode != 0:
        raise _error(done.stderr or done.stdout)
    return done.stdout.rstrip("\n")


def inspect(image: str) -> dict[str, Any] | None:
    """What the engine knows of an image; None: it has none of that name."""
    try:
        [found] = json.loads(run("image", "inspect", image))
    except DockerError:
        return None
    return dict(found)


def ensure_image(image: str, architecture: str) -> str:
    """The id of the image for `architecture` (amd64, arm64), pulled first if the engine has none.

    Raises:
        StackError: it can't be pulled.
    """
    found = inspect(image)
    if found is None or found["Architecture"] != architecture:
        say(f"docker pull: {image}, once")
        try:
            run("pull", "--quiet", "--platform", f"linux/{architecture}", image)
        except DockerError as error:
            problem = f"the image {image} is not here and can't be pulled: {error}"
            raise StackError(f"{problem}; check the network, then try again") from error
        found = inspect(image)
    assert found is not None
    return str(found["Id"])


def _error(output: str) -> StackError:
    for words, hint in _HINTS.items():
        if re.search(words, output, re.IGNORECASE):
            return StackError(hint)
    return DockerError(output)
