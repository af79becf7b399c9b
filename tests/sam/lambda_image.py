"""A built function's handler, imported in the image that Lambda runs it in."""

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
    """`seconds` of processor time for the import; `loaded`: files of layers, by their path in `python/`."""

    seconds: float
    loaded: list[str]


def pull() -> None:
    """Skips the test on a machine without Docker; in CI, a Docker without the image fails it."""
    try:
        docker.ensure_image(IMAGE, "amd64")
    except StackError as error:
        if os.environ.get("CI") == "true" and shutil.which("docker"):
            raise
        pytest.skip(f"{error}; handlers are imported in Lambda's image")


def import_handler(function: BuiltFunction, *started: str) -> Imported:
    """No network, no packages but the layers'; `started` are modules that the function starts as programs.

    Raises:
        DockerError: it can't be imported; `output` has the traceback.
    """
    layers = [f"/layers/{number}" for number in range(len(function.layers))]
    path = os.pathsep.join(["/var/task", *(f"{layer}/python" for layer in layers)])
    environment = {**function.environment, **_AWS, "PYTHONPATH": path}
    mounts = {"/probe.py": _PROBE, "/var/task": function.code, **dict(zip(layers, function.layers, strict=True))}
    printed = docker.run(
        *("run", "--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp"),
        *(f"--volume={source}:{target}:ro" for target, source in mounts.items()),
        *(f"--env={name}={value}" for name, value in environment.items()),
        *("--entrypoint", "python3.13", IMAGE, "-S", "-s", "-B", "-P", "/probe.py", *started),
    )
    return Imported(**json.loads(printed.splitlines()[-1]))
