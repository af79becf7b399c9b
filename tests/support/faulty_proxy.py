"""A TCP proxy on loopback that forwards data or simulates a broken network."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class FaultyProxy:
    """A proxy to the port `target`, which may be changed. `port` stays the same through every fault.

    `refuse`, `black_hole`, `slow` and `garbage` close open connections and apply to new ones until `heal`.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self) -> None:
        await self._behave(self._forward)

    async def heal(self) -> None:
        await self._behave(self._forward)

    async def refuse(self) -> None:
        await self._end()

    async def black_hole(self) -> None:
        """Reads all data and never answers."""
        await self._behave(_swallow)

    async def slow(self, seconds: float) -> None:
        async def forward_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._forward(reader, writer, seconds)

        await self._behave(forward_late)

    async def garbage(self, answer: bytes) -> None:
        """Sends `answer` for every chunk that it receives."""

        async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(65536):
                writer.write(answer)

        await self._behave(babble)

    async def stop(self) -> None:
        await self._end()

    async def _behave(self, handler: Handler) -> None:
        await self._end()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task
            self._connections.add(task)
            try:
                with contextlib.suppress(OSError, asyncio.CancelledError):
                    await handler(reader, writer)
            finally:
                self._connections.discard(task)
                writer.close()

        self._server = await asyncio.start_server(connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float = 0) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer, delay))
        finally:
            inner_writer.close()


@contextlib.asynccontextmanager
async def faulty_proxy(target: int) -> AsyncIterator[FaultyProxy]:
    proxy = FaultyProxy(target)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()


async def _swallow(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(65536):
        pass


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float = 0) -> None:
    while data := await reader.read(65536):
        await asyncio.sleep(delay)
        writer.write(data)
        await writer.drain()
    writer.close()
