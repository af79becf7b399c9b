"""Passes connections of clients on to the S3 server, which listens on loopback alone.

`python -m local.servers.s3_front HOST PORT TARGET [CERTIFICATE KEY]` listens on HOST and PORT, with TLS if it gets a
certificate, and passes everything on to the port TARGET. The Host header stays, so signatures of URLs stay valid. It is
a process of its own, because large files would slow the gateway down.
"""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import uvloop

from local.public.certificates import Pair
from local.public.names import LOOPBACK
from local.servers.ports import listen

_CHUNK = 256 * 1024  # bytes


async def serve(host: str, port: int, target: int, pair: Pair | None) -> None:
    """Serves until SIGTERM. Raises StackError if the port can't be used."""
    context = pair.context() if pair else None
    renewal = asyncio.create_task(pair.keep_current(context)) if pair and context else None

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, target, limit=_CHUNK)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await asyncio.start_server(forward, sock=listen(port, host), ssl=context, limit=_CHUNK)
    await ended.wait()
    if renewal:
        renewal.cancel()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    files = [Path(file) for file in sys.argv[4:]]
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Pair(*files) if files else None))
