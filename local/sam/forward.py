"""Forwards connections from a Docker network to servers that listen only on loopback (docs/decisions/0011)."""

import asyncio
import contextlib
from ipaddress import IPv4Network, ip_address

_CHUNK = 1 << 18


class Forwarder:
    """Forwards connections from addresses in `allowed` to 127.0.0.1:`port`, and closes all others."""

    def __init__(self, allowed: IPv4Network, port: int) -> None:
        self._allowed = allowed
        self._port = port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, host: str) -> int:
        """Starts to listen on `host` and returns the port.

        Raises:
            OSError: `host` is not an address of this machine.
        """
        self._server = await asyncio.start_server(self._on_connect, host, 0, limit=_CHUNK)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Stops listening and closes all connections."""
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _on_connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._forward(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError):
            if ip_address(writer.get_extra_info("peername")[0]) not in self._allowed:
                return
            target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self._port, limit=_CHUNK)
            with contextlib.closing(target_writer):
                await asyncio.gather(_copy(reader, target_writer), _copy(target_reader, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copies all bytes and then the end of the stream. One direction may end while the other still sends."""
    while chunk := await source.read(_CHUNK):
        target.write(chunk)
        await target.drain()
    if target.can_write_eof():
        target.write_eof()
