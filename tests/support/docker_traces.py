"""Networks, containers and folders that a stack with SAM creates, to check that none is left behind."""

import re

from local.paths import ROOT
from local.sam import docker


def name_of(output: str) -> str:
    """Returns the name of a stack's network, containers and build folder, read from its progress lines."""
    found = re.search(r"\.aws-sam/(maas-\w+)", output)
    assert found is not None, output
    return found[0].removeprefix(".aws-sam/")


def left_behind(name: str) -> list[str]:
    """Returns the networks, containers and build folders that still exist of an ended stack."""
    network = docker.run("network", "ls", "--quiet", "--filter", f"name={name}").split()
    attached = docker.run("ps", "--all", "--quiet", "--filter", f"network={name}").split() if network else []
    named = docker.run("ps", "--all", "--quiet", "--filter", f"name={name}").split()
    return [*network, *attached, *named, *map(str, (ROOT / ".aws-sam").glob(name))]
