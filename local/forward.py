"""From a Docker network to servers that listen on loopback alone (docs/decisions/0011)."""

import asyncio
import contextlib
from ipaddress import IPv4Network, ip_address

_CHUNK = 1 << 18


async def forward(host: str, allowed: IPv4Network, port: int) -> asyncio.Server:
    """Listens on a free port of `host` and passes on to 127.0.0.1:`port`, for peers in `allowed` only.

    Raises:
        OSError: `host` is no address of this machine.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            if ip_address(writer.get_extra_info("peername")[0]) not in allowed:
                return
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
            with contextlib.closing(there_writer):
                await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))

    return await asyncio.start_server(connected, host, 0, limit=_CHUNK)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """All bytes, then the end: one side may be done while the other still answers."""
    while chunk := await source.read(_CHUNK):
        target.write(chunk)
        await target.drain()
    if target.can_write_eof():
        target.write_eof()
