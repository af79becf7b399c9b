"""A Docker network for one stack: its containers see each other, this machine's servers, and no other stack."""

import asyncio
import contextlib
import json
from ipaddress import IPv4Network

from local import docker
from local.errors import StackError
from local.forward import forward

# Docker Desktop's name for the machine that it runs on; its way leads to loopback too.
_DESKTOP = "host.docker.internal"


class Network:
    """`name` is for `--network`; made by `create`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._forwarders: list[asyncio.Server] = []
        self._gateway = ""
        self._subnet = IPv4Network("0.0.0.0/32")

    async def create(self) -> None:
        """Raises StackError when Docker has no room for one more network, or does not answer."""
        await asyncio.to_thread(docker.run, "network", "create", self.name)
        described = await asyncio.to_thread(docker.run, "network", "inspect", self.name)
        [config] = [item for item in json.loads(described)[0]["IPAM"]["Config"] if ":" not in item["Subnet"]]
        self._gateway, self._subnet = config["Gateway"], IPv4Network(config["Subnet"])

    async def reach(self, port: int) -> str:
        """The host:port under which containers reach 127.0.0.1:`port` of this machine.

        On Linux the network's gateway is an address of ours. Docker Desktop's is not, and it needs no forwarder.
        """
        try:
            server = await forward(self._gateway, self._subnet, port)
        except OSError:
            return f"{_DESKTOP}:{port}"
        self._forwarders.append(server)
        return f"{self._gateway}:{server.sockets[0].getsockname()[1]}"

    async def remove(self) -> None:
        """With every container that is still in it: one that was killed leaves its own behind."""
        for server in self._forwarders:
            server.close()
        with contextlib.suppress(StackError):
            left = await asyncio.to_thread(docker.run, "ps", "--all", "--quiet", "--filter", f"network={self.name}")
            if left:
                await asyncio.to_thread(docker.run, "rm", "--force", *left.split())
            await asyncio.to_thread(docker.run, "network", "rm", self.name)
