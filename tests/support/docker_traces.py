"""What a stack with SAM makes in Docker, and leaves there when it is not well behaved."""

import re

from local.paths import ROOT
from local.sam import docker


def name_of(said: str) -> str:
    """What network, containers and build folder of a stack are called, from its progress lines."""
    found = re.search(r"\.aws-sam/(maas-\w+)", said)
    assert found is not None, said
    return found[0].removeprefix(".aws-sam/")


def left_behind(name: str) -> list[str]:
    """Of a stack that has ended."""
    network = docker.run("network", "ls", "--quiet", "--filter", f"name={name}").split()
    attached = docker.run("ps", "--all", "--quiet", "--filter", f"network={name}").split() if network else []
    named = docker.run("ps", "--all", "--quiet", "--filter", f"name={name}").split()
    return [*network, *attached, *named, *map(str, (ROOT / ".aws-sam").glob(name))]
