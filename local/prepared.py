"""`python -m local.prepared TEMPLATE`: images, SAM CLI and a build, all that takes long before a stack can start.

A process of its own, so that Ctrl-C can end it at any moment. It prints one line of JSON: what it made, or the error.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from local import cfn, docker, registry_image, sam
from local.console import say
from local.docker import DockerError
from local.errors import StackError
from local.template import FUNCTION

_PLATFORMS = {"x86_64": "amd64", "arm64": "arm64"}


def prepare(template: Path) -> dict[str, str]:
    """The registry's image, the built template, and the program `sam`.

    Raises:
        StackError: one of them can't be had; one line, with what to do.
    """
    docker.run("version", "--format", "{{.Server.Version}}")  # before anything that takes long
    for image in sorted(lambda_images(cfn.load(template))):
        _have(*image)
    program = _sam()
    return {
        "image": registry_image.ensure(),
        "template": str(sam.build(template=template)),
        "sam": program,
        "engine": docker.run("context", "inspect", "--format", "{{.Endpoints.docker.Host}}"),
    }


def lambda_images(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Name and architecture of the images that SAM runs the template's functions in."""
    defaults = document.get("Globals", {}).get("Function", {})
    found = set()
    for resource in document["Resources"].values():
        if resource["Type"] == FUNCTION:
            settings = defaults | resource.get("Properties", {})
            [architecture] = settings.get("Architectures", ["x86_64"])
            version = settings["Runtime"].removeprefix("python")
            found.add((f"public.ecr.aws/lambda/python:{version}-{architecture}", architecture))
    return found


def _have(image: str, architecture: str) -> None:
    try:
        docker.run("image", "inspect", image)
    except DockerError:
        say(f"docker pull: {image}, once")
        try:
            docker.run("pull", "--quiet", "--platform", f"linux/{_PLATFORMS[architecture]}", image)
        except DockerError as error:
            raise StackError(
                f"Lambda's image {image} is not here and can't be pulled: {error}; check the network, then try again"
            ) from error


def _sam() -> str:
    """The program itself: uv in between would pass on a signal that its group gets already."""
    command = sam.argv()
    python = [*command[: command.index("sam")], "python", "-c", "import sys; print(sys.executable)"]
    done = subprocess.run(python, env=sam.environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StackError(f"SAM CLI {sam.VERSION} can't be installed: {_last(done.stderr.splitlines())}")
    return str(Path(done.stdout.strip()).with_name("sam"))


def _last(lines: Iterable[str]) -> str:
    return ([line.strip() for line in lines if line.strip()] or ["no reason given"])[-1]


if __name__ == "__main__":
    try:
        print(json.dumps(prepare(Path(sys.argv[1]))))
    except StackError as error:
        print(json.dumps({"error": str(error)}))
