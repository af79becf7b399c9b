"""A proxy on loopback that adds TLS to a plaintext server.

`python -m tests.support.tls_front PORT TARGET CERTIFICATE KEY` runs it.
"""

import asyncio
import contextlib
import ssl
import sys
from collections.abc import Iterator

from local.servers.ports import free_port
from tests.support.certificates import Pair
from tests.support.server_processes import server


@contextlib.contextmanager
def tls_front(target: int, pair: Pair) -> Iterator[int]:
    """Starts the proxy to the port `target` with the certificate of `pair` and yields its port."""
    port = free_port()
    program = [sys.executable, "-m", "tests.support.tls_front"]
    with server([*program, str(port), str(target), str(pair.certificate), str(pair.key)], port):
        yield port


async def serve(port: int, target: int, certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))

    listening = await asyncio.start_server(forward, "127.0.0.1", port, ssl=context)
    await listening.serve_forever()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]))
