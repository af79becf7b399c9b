"""Imports a built function's handler in Lambda's image."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.errors import StackError
from local.sam import docker
from tests.sam.built import BuiltFunction

IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"
_PROBE = Path(__file__).with_name("probe.py")
_AWS = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "probe", "AWS_SECRET_ACCESS_KEY": "probe"}


@dataclass(frozen=True)
class Imported:
    """The import's processor time in seconds, and the loaded files of layers by their path in `python/`."""

    seconds: float
    loaded: list[str]


def pull() -> None:
    """Pulls the image; skips the test without Docker or the image.

    Raises:
        StackError: in CI, Docker is installed but can't provide the image.
    """
    try:
        docker.ensure_image(IMAGE, "amd64")
    except StackError as error:
        if os.environ.get("CI") == "true" and shutil.which("docker"):
            raise
        pytest.skip(f"{error}; the test imports handlers in Lambda's image")


def import_handler(function: BuiltFunction, *child_modules: str) -> Imported:
    """Imports the handler without a network and without packages other than those of its layers.

    `child_modules` are modules that the function starts as programs; they are imported as well.

    Raises:
        DockerError: the import failed; `output` has the traceback.
    """
    layers = [f"/layers/{number}" for number in range(len(function.layers))]
    path = os.pathsep.join(["/var/task", *(f"{layer}/python" for layer in layers)])
    environment = {**function.environment, **_AWS, "PYTHONPATH": path}
    mounts = {"/probe.py": _PROBE, "/var/task": function.code, **dict(zip(layers, function.layers, strict=True))}
    printed = docker.run(
        *("run", "--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp"),
        *(f"--volume={source}:{target}:ro" for target, source in mounts.items()),
        *(f"--env={name}={value}" for name, value in environment.items()),
        *("--entrypoint", "python3.13", IMAGE, "-S", "-s", "-B", "-P", "/probe.py", *child_modules),
    )
    return Imported(**json.loads(printed.splitlines()[-1]))
