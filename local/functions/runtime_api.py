"""The server side of AWS's Lambda Runtime API for one worker, which requests events and posts results.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. Each worker has its own port, as each execution
environment on Lambda has, so a request needs no identification of its worker.
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
class Callbacks:
    """Functions to call when the worker requests an event, posts a result `(request id, body)`, or fails."""

    on_next: Callable[[], None]
    on_response: Callable[[str, bytes], None]
    on_error: Callable[[str, bytes], None]
    on_init_error: Callable[[bytes], None]


class RuntimeApi:
    """The API for one worker, on its own loopback port."""

    def __init__(self, callbacks: Callbacks) -> None:
        self._callbacks = callbacks
        self._waiting: asyncio.Transport | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Transport] = set()

    async def start(self) -> str:
        """Starts to listen; returns `host:port`, the value of AWS_LAMBDA_RUNTIME_API."""
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
        """Sends an event to the worker. May be called once after each `on_next`."""
        transport, self._waiting = self._waiting, None
        if transport is None:
            raise RuntimeError("the worker is not waiting for an event")
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Lambda-Runtime-Aws-Request-Id: {request_id}\r\nLambda-Runtime-Deadline-Ms: {deadline_ms}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {arn}\r\nContent-Length: {len(event)}\r\n\r\n"
        )
        transport.writelines((head.encode(), event))  # without a copy of the event

    def on_connect(self, transport: asyncio.Transport) -> None:
        self._connections.add(transport)

    def on_disconnect(self, transport: asyncio.Transport) -> None:
        self._connections.discard(transport)

    def handle(self, transport: asyncio.Transport, path: str, body: bytes) -> None:
        """Handles one request of the worker. The response to `next` is sent with the next event."""
        parts = path.removeprefix(_PREFIX).split("/") if path.startswith(_PREFIX) else []
        if parts == ["invocation", "next"]:
            self._waiting = transport
            self._callbacks.on_next()
            return
        if len(parts) == 3 and parts[0] == "invocation" and parts[2] in ("response", "error"):
            (self._callbacks.on_response if parts[2] == "response" else self._callbacks.on_error)(parts[1], body)
        elif parts == ["init", "error"]:
            self._callbacks.on_init_error(body)
        else:
            transport.write(_NOT_FOUND)
            return
        transport.write(_ACCEPTED)


class _Connection(asyncio.Protocol):
    """Parses HTTP/1.1 with httptools. A web framework would take as much time as the function itself."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._parser = httptools.HttpRequestParser(self)
        self._path = b""
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's class is not a subclass
        self._api.on_connect(self._transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self._api.on_disconnect(self._transport)

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
