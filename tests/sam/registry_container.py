"""The registry's image as a production machine would run it: read-only, without any capability."""

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from local.errors import StackError
from local.sam import docker, registry_image
from local.sam.docker import DockerError

# On the host's network it reaches what tests start on loopback, and they reach it.
_RUN = ("run", "--detach", "--network", "host")
_LOCKED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
_START = 30.0


@dataclass(frozen=True)
class Container:
    id: str

    def state(self) -> dict[str, Any]:
        return dict(json.loads(docker.run("inspect", "--format", "{{json .State}}", self.id)))

    def execute(self, *command: str) -> str:
        """What the command prints; raises DockerError when it fails."""
        return docker.run("exec", self.id, *command)

    def signal(self, name: str) -> None:
        docker.run("kill", "--signal", name, self.id)

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        return int(docker.run("wait", self.id))

    def serves(self) -> None:
        """Returns when its own health check says so."""
        deadline = time.monotonic() + _START
        while True:
            with suppress(DockerError):
                self.execute("python", "-m", "functions.registry.health")
                return
            assert self.state()["Running"], f"it ended; its log:\n{docker.run('logs', self.id)}"
            assert time.monotonic() < deadline, f"it does not serve; its log:\n{docker.run('logs', self.id)}"
            time.sleep(0.2)


@contextmanager
def running(image: str, environment: Mapping[str, str], *options: str) -> Iterator[Container]:
    variables = [f"--env={name}={value}" for name, value in environment.items()]
    container = Container(docker.run(*_RUN, *_LOCKED, *variables, *options, image))
    try:
        yield container
    finally:
        docker.run("rm", "--force", "--volumes", container.id)


def built_image() -> str:
    """Skips the test on a machine without Docker; in CI, a Docker that can't build it fails it."""
    try:
        return registry_image.ensure()
    except StackError as error:
        if os.environ.get("CI") == "true" and shutil.which("docker"):
            raise
        pytest.skip(f"{error}; the registry's image is run in a container")
