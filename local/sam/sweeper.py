"""`python -m local.sam.sweeper NETWORK PATH...`: removes network, containers and paths when its input ends.

The input ends with the stack's process, even if that is killed; without the sweeper its containers would go on running.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from local.console import say
from local.data.removal import remove
from local.errors import StackError
from local.sam import docker

_ATTEMPTS = 10


def sweep(network: str) -> None:
    """Removes the network and all containers in it, running or not. Raises StackError if a Docker command fails."""
    containers = docker.run("ps", "--all", "--quiet", "--filter", f"network={network}").split()
    if containers:
        docker.run("rm", "--force", *containers)
    if docker.run("network", "ls", "--quiet", "--filter", f"name=^{network}$"):
        docker.run("network", "rm", network)


def main(network: str, paths: Sequence[Path]) -> None:
    """Waits for the end of the input, then removes everything.

    The removal is retried for some seconds, because a process that was just killed may have started another container.
    """
    network_created = sys.stdin.read()
    for path in paths:
        remove(path)
    if not network_created:  # the stack ended before that, perhaps because Docker is missing
        return
    for left in reversed(range(_ATTEMPTS)):
        try:
            sweep(network)
        except StackError as error:
            if left == 0:
                say(f"the Docker network {network} could not be removed: {error}")
            time.sleep(1)
        else:
            return


if __name__ == "__main__":
    main(sys.argv[1], [Path(path) for path in sys.argv[2:]])
