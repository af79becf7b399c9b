"""A gateway's connections with a handler that echoes, and clients that write bytes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Any

from local.gateway.connection import KEEP_ALIVE, Write
from local.gateway.payload import Response
from local.gateway.reading import Received
from local.gateway.server import serve
from local.servers.ports import listen


@dataclass
class Echo:
    """Responds with method, path, query and body. `/held` waits until it is released."""

    released: asyncio.Event = field(default_factory=asyncio.Event)
    received: list[Received] = field(default_factory=list)
    cancelled: list[object] = field(default_factory=list)

    async def __call__(self, received: Received, write: Write) -> None:
        self.received.append(received)
        try:
            if received.path == "/held":
                await self.released.wait()
        except asyncio.CancelledError as cancelled:
            self.cancelled.append(cancelled.args)
            raise
        size = b"too large" if received.body is None else received.body
        text = f"{received.method} {received.path}?{received.query} ".encode() + size
        write(Response(204 if received.path == "/empty" else 200, [("x-one", "1")], text))


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, text: str) -> None:
        self._writer.write(text.encode("latin-1"))

    async def head(self) -> tuple[str, dict[str, str]]:
        lines = (await self._within(self._reader.readuntil(b"\r\n\r\n"))).decode().split("\r\n")
        return lines[0], dict(line.split(": ", 1) for line in lines[1:] if line)

    async def response(self) -> tuple[str, dict[str, str], str]:
        status, headers = await self.head()
        body = await self._within(self._reader.readexactly(int(headers["content-length"])))
        return status, headers, body.decode()

    async def body(self) -> str:
        return (await self.response())[2]

    async def rest(self) -> bytes:
        return await self._within(self._reader.read())

    def close(self) -> None:
        self._writer.close()

    async def _within(self, reading: Coroutine[Any, Any, bytes]) -> bytes:
        async with asyncio.timeout(10):
            return await reading


@dataclass
class Server:
    port: int
    echo: Echo
    exit_stack: contextlib.AsyncExitStack
    clients: list[Client] = field(default_factory=list)

    async def client(self) -> Client:
        self.clients.append(Client(*await asyncio.open_connection("127.0.0.1", self.port)))
        return self.clients[-1]


@contextlib.asynccontextmanager
async def serving(keep_alive: float = KEEP_ALIVE) -> AsyncIterator[Server]:
    async with contextlib.AsyncExitStack() as exit_stack:
        listener = listen(0)
        exit_stack.callback(listener.close)
        server = Server(listener.getsockname()[1], Echo(), exit_stack)
        await serve(server.echo, listener, None, exit_stack, keep_alive)
        yield server
        for client in server.clients:
            client.close()
