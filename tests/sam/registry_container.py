"""Runs the registry's image as in production: with a read-only root file system and without capabilities."""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from local.aws_account import CREDENTIALS
from local.errors import StackError
from local.sam import container_image, docker
from local.sam.docker import DockerError
from tests.support.aws import Aws

LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a container the host's network")
# On the host's network, the container and the tests reach each other on loopback.
_RUN = ("run", "--detach", "--network", "host")
_LOCKED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
_START = 30.0


@dataclass(frozen=True)
class Container:
    id: str

    def state(self) -> dict[str, Any]:
        return dict(json.loads(docker.run("inspect", "--format", "{{json .State}}", self.id)))

    def execute(self, *command: str) -> str:
        """Runs a command in the container and returns its output.

        Raises:
            DockerError: the command failed.
        """
        return docker.run("exec", self.id, *command)

    def signal(self, name: str) -> None:
        docker.run("kill", "--signal", name, self.id)

    def wait(self) -> int:
        """Waits for the container's end and returns its exit code."""
        return int(docker.run("wait", self.id))

    def wait_until_serving(self) -> None:
        """Waits until the health check in the image succeeds."""
        deadline = time.monotonic() + _START
        while True:
            with suppress(DockerError):
                self.execute("python", "-m", "functions.registry.health")
                return
            assert self.state()["Running"], f"the container ended; its log:\n{docker.run('logs', self.id)}"
            assert time.monotonic() < deadline, f"the container does not serve; its log:\n{docker.run('logs', self.id)}"
            time.sleep(0.2)


@contextmanager
def running(image: str, environment: Mapping[str, str], *options: str) -> Iterator[Container]:
    variables = [f"--env={name}={value}" for name, value in environment.items()]
    container = Container(docker.run(*_RUN, *_LOCKED, *variables, *options, image))
    try:
        yield container
    finally:
        docker.run("rm", "--force", "--volumes", container.id)


def environment(aws: Aws, port: int, **changes: str) -> dict[str, str]:
    """Returns the variables that template.yaml declares for the container, with the address to listen on."""
    declared = aws.application.containers[0].environment
    return {**CREDENTIALS, **declared, "MAAS_REGISTRY_LISTEN": f"127.0.0.1:{port}", **changes}


def built_image() -> str:
    """Returns the image's tag; skips the test if the image can't be built.

    Raises:
        StackError: in CI, Docker is installed but can't build the image.
    """
    try:
        return container_image.ensure("registry")
    except StackError as error:
        if os.environ.get("CI") == "true" and shutil.which("docker"):
            raise
        pytest.skip(f"{error}; the test runs the registry's image in a container")
