"""`python -m local.sam.prepare TEMPLATE FOLDER`: pulls images, installs SAM CLI, and builds.

These steps take long, so they run in a process that Ctrl-C can end at any moment. It prints one line of JSON with the
result or the error.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.errors import StackError
from local.sam import cli, container_image, docker
from local.template import intrinsics
from local.template.document import FUNCTION

_START_MAX = 10  # seconds
# In what SAM builds, the settings of functions are indented by four or six spaces.
_TIMEOUT = re.compile(r"^((?: {4}| {6})Timeout: )(\d+)$", re.MULTILINE)
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}  # Lambda's names to Docker's


def prepare(template: Path, folder: Path) -> dict[str, Any]:
    """Returns the images of containers, the built template in `folder`, the program `sam`, and the engine's address.

    Raises:
        StackError: a step failed; the message is one line with the fix.
    """
    engine, program = ensure_tools(template)
    built = cli.build(folder, template)
    built.write_text(with_time_to_start(built.read_text()))
    return {
        "engine": engine,
        "sam": program,
        "images": {name: container_image.ensure(name) for name in container_image.CONTAINERS},
        "template": str(built),
    }


def with_time_to_start(template: str) -> str:
    """Returns a built template in which the timeout of each function has room for the start of its container.

    Lambda gives a new environment 10 s of its own to start, and counts a call's timeout from then on. `sam local`
    counts the start too, so the 5 s of the authorizer would be over before it was called on a busy machine.
    See https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html.
    """
    return _TIMEOUT.sub(lambda found: f"{found[1]}{int(found[2]) + _START_MAX}", template)


def ensure_tools(template: Path) -> tuple[str, str]:
    """Returns the engine's address and the path of the program `sam`. Pulls missing images of Lambda.

    Raises:
        StackError: a step failed; the message is one line with the fix.
    """
    docker.run("version", "--format", "{{.Server.Version}}")  # checks the engine before the slow steps
    for image, architecture in sorted(lambda_images(intrinsics.load(template))):
        docker.ensure_image(image, _ARCHITECTURES[architecture])
    return docker.run("context", "inspect", "--format", "{{.Endpoints.docker.Host}}"), str(sam_program())


def lambda_images(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Returns name and architecture of the images in which SAM runs the template's functions."""
    defaults = document.get("Globals", {}).get("Function", {})
    images = set()
    for resource in document["Resources"].values():
        if resource["Type"] == FUNCTION:
            settings = defaults | resource.get("Properties", {})
            [architecture] = settings.get("Architectures", ["x86_64"])
            version = settings["Runtime"].removeprefix("python")
            images.add((f"public.ecr.aws/lambda/python:{version}-{architecture}", architecture))
    return images


def sam_program() -> Path:
    """Returns the path of the program `sam`, installed first if necessary.

    The stack runs it without uv. uv forwards signals, so SAM would receive a signal to the process group twice, which
    disturbs its shutdown.

    Raises:
        StackError: SAM CLI can't be installed.
    """
    *tool, _sam = cli.argv()
    command = [*tool, "python", "-c", "import sys; print(sys.executable)"]
    done = subprocess.run(command, env=cli.environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        problem = f"SAM CLI {cli.VERSION} can't be installed: {cli.last_error(done.stderr)}"
        raise StackError(f"{problem}; check the network, then try again")
    return Path(done.stdout.strip()).with_name("sam")


if __name__ == "__main__":
    try:
        print(json.dumps(prepare(Path(sys.argv[1]), Path(sys.argv[2]))))
    except StackError as error:
        print(json.dumps({"error": str(error)}))
