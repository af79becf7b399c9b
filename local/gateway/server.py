"""Serves the gateway on a listening socket."""

import asyncio
import contextlib
import socket
import ssl
from typing import Any

import uvicorn

from local.gateway.app import Gateway


class _Server(uvicorn.Server):
    """Leaves signals to the command, which stops everything in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def serve(
    gateway: Gateway, listener: socket.socket, tls: ssl.SSLContext | None, exit_stack: contextlib.AsyncExitStack
) -> None:
    """Serves until the exit stack is left, with TLS if there is a context for it."""
    config = uvicorn.Config(
        gateway,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # disconnects of clients would be logged with a traceback
        access_log=False,
        proxy_headers=False,  # the gateway does it itself
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=5,
        ssl_context_factory=(lambda _config, _default: tls) if tls else None,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))

    async def stop() -> None:
        server.should_exit = True
        await task

    exit_stack.push_async_callback(stop)
