"""`python -m local.sam.sweeper NETWORK FOLDER...`: removes network, containers and folders when its input ends.

It ends with the process that holds its other end, also when that is killed: containers would live on.
"""

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from local.console import say
from local.errors import StackError
from local.sam import docker

_TRIES = 10


def sweep(network: str) -> None:
    """The network and all containers in it, running or not. Raises StackError when Docker does not do it."""
    containers = docker.run("ps", "--all", "--quiet", "--filter", f"network={network}").split()
    if containers:
        docker.run("rm", "--force", *containers)
    if docker.run("network", "ls", "--quiet", "--filter", f"name=^{network}$"):
        docker.run("network", "rm", network)


def main(network: str, folders: Sequence[Path]) -> None:
    """Tries again for a while: a program that was just killed may have started one more container."""
    asked = sys.stdin.read()
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    if not asked:  # it ended before there was a network, maybe for want of Docker
        return
    for left in reversed(range(_TRIES)):
        try:
            sweep(network)
        except StackError as error:
            if left == 0:
                say(f"Docker's network {network} is left behind: {error}")
            time.sleep(1)
        else:
            return


if __name__ == "__main__":
    main(sys.argv[1], [Path(folder) for folder in sys.argv[2:]])
