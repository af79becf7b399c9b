"""Serves the gateway on a listening socket."""

import asyncio
import contextlib
import socket
import ssl

from local.gateway.connection import KEEP_ALIVE, ClientConnection, Handler

_BACKLOG = 2048  # connections that wait to be accepted
_GRACE = 5.0  # seconds for requests that are handled when the stack stops


async def serve(
    handler: Handler,
    listener: socket.socket,
    tls: ssl.SSLContext | None,
    exit_stack: contextlib.AsyncExitStack,
    keep_alive: float = KEEP_ALIVE,
) -> None:
    """Serves until the exit stack is left, with TLS if there is a context for it.

    `keep_alive` is how many seconds a connection lasts on which nothing comes and nothing is handled.
    """
    connections: set[ClientConnection] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: ClientConnection(handler, connections, keep_alive), sock=listener, ssl=tls, backlog=_BACKLOG
    )
    exit_stack.push_async_callback(_stop, server, connections)


async def _stop(server: asyncio.Server, connections: set[ClientConnection]) -> None:
    server.close()
    tasks = [connection.task for connection in connections if connection.task is not None]
    for connection in list(connections):
        connection.end()
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=_GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
