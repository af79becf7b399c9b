"""A Docker network for one stack. Its containers reach each other and this machine's servers, but no other stack."""

import asyncio
import json
import sys
from ipaddress import IPv4Network
from pathlib import Path

from local.paths import ROOT
from local.sam import docker
from local.sam.forward import Forwarder

# Docker Desktop's name for the host; it also reaches servers on loopback.
_DESKTOP = "host.docker.internal"


class Network:
    """The network called `name`; `create` creates it."""

    def __init__(self, name: str, *paths: Path) -> None:
        """The sweeper removes `paths` together with the network."""
        self.name = name
        self._paths = paths
        self._forwarders: list[Forwarder] = []
        self._creation: asyncio.Future[str] | None = None
        self._gateway = ""
        self._subnet = IPv4Network("0.0.0.0/32")

    async def start_sweeper(self) -> None:
        """Starts the process that removes everything at the end. It outlives this process, even if that is killed."""
        self._sweeper = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "local.sam.sweeper", self.name, *map(str, self._paths)],
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert self._sweeper.stdin is not None
        self._input = self._sweeper.stdin

    async def create(self) -> None:
        """Creates the network.

        Raises:
            StackError: Docker has no free subnet for another network, or does not respond.
        """
        self._input.write(b"sweep")  # from now on the sweeper removes the network too
        await self._input.drain()
        self._creation = asyncio.ensure_future(asyncio.to_thread(docker.run, "network", "create", self.name))
        await asyncio.shield(self._creation)  # the thread continues when this is cancelled
        described = await asyncio.to_thread(docker.run, "network", "inspect", self.name)
        [config] = [item for item in json.loads(described)[0]["IPAM"]["Config"] if ":" not in item["Subnet"]]
        self._gateway, self._subnet = config["Gateway"], IPv4Network(config["Subnet"])

    async def forward(self, port: int) -> str:
        """Returns the host:port at which containers reach 127.0.0.1:`port` of this machine.

        On Linux the network's gateway is an address of this machine, and a forwarder listens on it. On Docker Desktop
        it is not, and no forwarder is needed.
        """
        forwarder = Forwarder(self._subnet, port)
        try:
            address = f"{self._gateway}:{await forwarder.start(self._gateway)}"
        except OSError:
            return f"{_DESKTOP}:{port}"
        self._forwarders.append(forwarder)
        return address

    async def remove(self) -> None:
        """Removes the network and all containers still in it, such as those of processes that were killed."""
        await asyncio.gather(*(forwarder.stop() for forwarder in self._forwarders))
        if self._creation is not None:
            await asyncio.wait([self._creation])
        self._input.close()
        await self._sweeper.wait()
