"""From a Docker network to servers that listen on loopback alone (docs/decisions/0011)."""

import asyncio
import contextlib
from ipaddress import IPv4Network, ip_address

_CHUNK = 1 << 18


class Forwarder:
    """Passes on to 127.0.0.1:`port` what comes from an address in `allowed`; others are turned away."""

    def __init__(self, allowed: IPv4Network, port: int) -> None:
        self._allowed = allowed
        self._port = port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, host: str) -> int:
        """The port of `host` that it listens on.

        Raises:
            OSError: `host` is no address of this machine.
        """
        self._server = await asyncio.start_server(self._connected, host, 0, limit=_CHUNK)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Ends its connections too."""
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError):
            if ip_address(writer.get_extra_info("peername")[0]) not in self._allowed:
                return
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port, limit=_CHUNK)
            with contextlib.closing(there_writer):
                await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """All bytes, then the end: one side may be done while the other still answers."""
    while chunk := await source.read(_CHUNK):
        target.write(chunk)
        await target.drain()
    if target.can_write_eof():
        target.write_eof()
