"""A Docker network for one stack: its containers see each other, this machine's servers, and no other stack."""

import asyncio
import json
import sys
from ipaddress import IPv4Network
from pathlib import Path

from local.paths import ROOT
from local.sam import docker
from local.sam.forward import Forwarder

# Docker Desktop's name for the machine that it runs on; its way leads to loopback too.
_DESKTOP = "host.docker.internal"


class Network:
    """`name` is for `--network`; made by `create`."""

    def __init__(self, name: str, *folders: Path) -> None:
        """`folders` are removed with the network."""
        self.name = name
        self._folders = folders
        self._forwarders: list[Forwarder] = []
        self._creation: asyncio.Future[str] | None = None
        self._gateway = ""
        self._subnet = IPv4Network("0.0.0.0/32")

    async def watch(self) -> None:
        """From here on all is removed at the end, however this process ends: the sweeper outlives it."""
        self._sweeper = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "local.sam.sweeper", self.name, *map(str, self._folders)],
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert self._sweeper.stdin is not None
        self._input = self._sweeper.stdin

    async def create(self) -> None:
        """Raises StackError when Docker has no room for one more network, or does not answer."""
        self._input.write(b"sweep")  # from here on
        await self._input.drain()
        self._creation = asyncio.ensure_future(asyncio.to_thread(docker.run, "network", "create", self.name))
        await asyncio.shield(self._creation)  # a thread goes on when this is cancelled
        described = await asyncio.to_thread(docker.run, "network", "inspect", self.name)
        [config] = [item for item in json.loads(described)[0]["IPAM"]["Config"] if ":" not in item["Subnet"]]
        self._gateway, self._subnet = config["Gateway"], IPv4Network(config["Subnet"])

    async def reach(self, port: int) -> str:
        """The host:port under which containers reach 127.0.0.1:`port` of this machine.

        On Linux the network's gateway is an address of ours. Docker Desktop's is not, and it needs no forwarder.
        """
        forwarder = Forwarder(self._subnet, port)
        try:
            address = f"{self._gateway}:{await forwarder.start(self._gateway)}"
        except OSError:
            return f"{_DESKTOP}:{port}"
        self._forwarders.append(forwarder)
        return address

    async def remove(self) -> None:
        """With every container that is still in it: one that was killed leaves its own behind."""
        await asyncio.gather(*(forwarder.stop() for forwarder in self._forwarders))
        if self._creation is not None:
            await asyncio.wait([self._creation])
        self._input.close()
        await self._sweeper.wait()
