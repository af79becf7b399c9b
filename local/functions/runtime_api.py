"""AWS's Lambda Runtime API, as one worker sees it: it asks for the next event and posts the answer.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. Each worker has a port of its own, as each
execution environment has on Lambda, so nothing has to guess who is asking.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import httptools

_PREFIX = "/2018-06-01/runtime/"
_ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Listener:
    """What the worker's owner wants to hear: it waits for work; it answered `(request id, body)`; it failed."""

    waiting: Callable[[], None]
    response: Callable[[str, bytes], None]
    error: Callable[[str, bytes], None]
    init_error: Callable[[bytes], None]


class RuntimeApi:
    """The server side for one worker, on a loopback port of its own."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._waiting: asyncio.Transport | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Transport] = set()

    async def start(self) -> str:
        """Listens; returns `host:port` for AWS_LAMBDA_RUNTIME_API."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    def close(self) -> None:
        """Stops listening and drops the worker's connections."""
        if self._server is not None:
            self._server.close()
        for transport in self._connections:
            transport.abort()

    def send(self, request_id: str, arn: str, deadline_ms: int, event: bytes) -> None:
        """Hands the event to the waiting worker; only after `waiting` was told, once each time."""
        transport, self._waiting = self._waiting, None
        if transport is None:
            raise RuntimeError("the worker is not waiting for an event")
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Lambda-Runtime-Aws-Request-Id: {request_id}\r\nLambda-Runtime-Deadline-Ms: {deadline_ms}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {arn}\r\nContent-Length: {len(event)}\r\n\r\n"
        )
        transport.write(head.encode() + event)

    def connected(self, transport: asyncio.Transport) -> None:
        self._connections.add(transport)

    def disconnected(self, transport: asyncio.Transport) -> None:
        self._connections.discard(transport)

    def handle(self, transport: asyncio.Transport, path: str, body: bytes) -> None:
        """One request of the worker; `next` stays unanswered until there is an event."""
        parts = path.removeprefix(_PREFIX).split("/") if path.startswith(_PREFIX) else []
        if parts == ["invocation", "next"]:
            self._waiting = transport
            self._listener.waiting()
            return
        if len(parts) == 3 and parts[0] == "invocation" and parts[2] in ("response", "error"):
            (self._listener.response if parts[2] == "response" else self._listener.error)(parts[1], body)
        elif parts == ["init", "error"]:
            self._listener.init_error(body)
        else:
            transport.write(_NOT_FOUND)
            return
        transport.write(_ACCEPTED)


class _Connection(asyncio.Protocol):
    """Parses HTTP/1.1 by hand: a web framework here would cost as much as the function itself."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._parser = httptools.HttpRequestParser(self)
        self._path = b""
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class is not a subclass
        self._api.connected(self._transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self._api.disconnected(self._transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._path, self._body = b"", []

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self._api.handle(self._transport, self._path.decode("latin-1"), b"".join(self._body))
