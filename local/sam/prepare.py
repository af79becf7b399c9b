"""`python -m local.sam.prepare TEMPLATE FOLDER`: images, SAM CLI and a build: what takes long before a start.

A process of its own, so that Ctrl-C can end it at any moment. It prints one line of JSON: what it made, or the error.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.errors import StackError
from local.sam import cli, docker, registry_image
from local.template import intrinsics
from local.template.document import FUNCTION

_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}  # Lambda's names, and Docker's


def prepare(template: Path, folder: Path) -> dict[str, str]:
    """The registry's image, the built template in `folder`, the program `sam`, and the engine's address.

    Raises:
        StackError: one of them can't be had; one line, with what to do.
    """
    engine, program = ensure_tools(template)
    return {
        "engine": engine,
        "sam": program,
        "image": registry_image.ensure(),
        "template": str(cli.build(folder, template)),
    }


def ensure_tools(template: Path) -> tuple[str, str]:
    """The engine's address and the program `sam`; Lambda's images are pulled, if they are not here.

    Raises:
        StackError: one of them can't be had; one line, with what to do.
    """
    docker.run("version", "--format", "{{.Server.Version}}")  # asks the engine, before anything that takes long
    for image, architecture in sorted(lambda_images(intrinsics.load(template))):
        docker.ensure_image(image, _ARCHITECTURES[architecture])
    return docker.run("context", "inspect", "--format", "{{.Endpoints.docker.Host}}"), str(sam_program())


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


def sam_program() -> Path:
    """The program itself: with uv in between, a signal to the group would reach it twice and disturb its own end.

    Raises:
        StackError: SAM CLI is not installed, and can't be.
    """
    *tool, _sam = cli.argv()
    ask = [*tool, "python", "-c", "import sys; print(sys.executable)"]
    done = subprocess.run(ask, env=cli.environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        problem = f"SAM CLI {cli.VERSION} can't be installed: {cli.last_error(done.stderr)}"
        raise StackError(f"{problem}; check the network, then try again")
    return Path(done.stdout.strip()).with_name("sam")


if __name__ == "__main__":
    try:
        print(json.dumps(prepare(Path(sys.argv[1]), Path(sys.argv[2]))))
    except StackError as error:
        print(json.dumps({"error": str(error)}))
