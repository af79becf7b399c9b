"""One connection of a client: HTTP/1.1 as `httptools` parses it. A web framework would add its time to every request.

A request is handled when all of it has arrived, and its response is one write. Requests that a client sends ahead wait.
"""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import cache, lru_cache, partial
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote

import httptools

from local.gateway import peers
from local.gateway.payload import Response, identified
from local.gateway.reading import MAX_BODY, Received
from local.gateway.refusals import Refusal

# The message of a task's cancellation when its client has gone away. A stack that stops cancels without one.
GONE = "the client went away"
KEEP_ALIVE = 60.0  # seconds
HEAD_MAX = 10_240  # bytes of a request's line and of the values of its headers; the limit of an HTTP API
READ_MAX = 64 * 1024  # bytes of a head with the names of its headers, or of what comes around a body
_AHEAD_MAX = 16  # requests that wait before no more bytes are read
_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_TEXT = [("content-type", "text/plain; charset=utf-8")]
_MALFORMED = Response(400, _TEXT, b"Invalid HTTP request received.")

Write = Callable[[Response], None]
Handler = Callable[[Received, Write], Awaitable[None]]


class _HeadTooLarge(Exception):
    """The line and headers of a request have more bytes than they may."""


class _NotServed(Exception):
    """A request for a tunnel."""


class ClientConnection(asyncio.Protocol):
    """Calls `handler` for each request, one after the other. Is in `connections` while it is open."""

    def __init__(self, handler: Handler, connections: set["ClientConnection"], keep_alive: float) -> None:
        self._handler = handler
        self._connections = connections
        self._keep_alive = keep_alive
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._ahead: deque[Received] = deque()
        self.task: asyncio.Task[None] | None = None  # handles a request; None between requests
        self._ends = False  # after the requests that have arrived
        self._reads, self._writes = True, True
        self._has_open_head = self._is_open = self._has_read_body = self._is_complete = self._upgrades = False
        self._head_size = 0  # bytes of a head or of trailers, and of what else comes without a body

    def end(self) -> None:
        """Closes the connection after the response to the request that is handled, if there is one."""
        self._ends = True
        self._ahead.clear()
        if self.task is None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's class is not a subclass
        self._connections.add(self)
        client, server = (transport.get_extra_info(name) or ("", "") for name in ("peername", "sockname"))
        scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self._peer = peers.Connection(client[0], server[0], str(server[1]), scheme)
        self._active = self._loop.time()
        self._timer = self._loop.call_later(self._keep_alive, self._close_if_quiet)

    def connection_lost(self, _error: Exception | None) -> None:
        self._connections.discard(self)
        self._timer.cancel()
        self._ahead.clear()
        if self.task is not None:
            self.task.cancel(GONE)

    def pause_writing(self) -> None:
        self._writes = False

    def resume_writing(self) -> None:
        self._writes = True
        self._start_next()

    def data_received(self, data: bytes) -> None:
        self._active = self._loop.time()
        if self._ends:
            return
        try:
            self._feed(memoryview(data))
        except httptools.HttpParserError as error:
            self._refuse(_too_large(self._url) if isinstance(error.__context__, _HeadTooLarge) else _MALFORMED)
        if self._is_open:
            self._head_size = 0 if self._has_read_body else self._head_size + len(data)
            self._has_read_body = False
            if self._head_size > READ_MAX:
                self._refuse(_too_large(self._url))

    def _feed(self, data: memoryview) -> None:
        """Parses data. No other protocol is spoken, so a request for one is parsed again as a request like any other.

        The parser would take what is behind its head for the other protocol: its body would be a request of its own.
        """
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                head, data = self._head_without_upgrade(), data[upgrade.args[0] :]
                self._parser = httptools.HttpRequestParser(self)
                self._parser.feed_data(head)
            else:
                break

    def _head_without_upgrade(self) -> bytes:
        line = b"%s %s HTTP/%s" % (self._parser.get_method(), self._url, self._parser.get_http_version().encode())
        lines = [f"{name}: {value}".encode("latin-1") for name, value in self._headers if name != "upgrade"]
        return b"\r\n".join([line, *lines, b"", b""])

    def on_message_begin(self) -> None:
        self._url, self._headers, self._body = b"", list[tuple[str, str]](), bytearray()
        self._is_complete = self._upgrades = False
        self._has_open_head = self._is_open = True
        self._head_size = 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header. Trailers, which come behind a body, are dropped: whoever checked the headers saw none of them
        (RFC 9110, 6.5.1).
        """
        if self._has_open_head:
            self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self._has_open_head = False
        self._upgrades = self._parser.should_upgrade()
        if self._upgrades and self._parser.get_method() == b"CONNECT":
            raise _NotServed
        if self._line_size() + sum(len(value) for _, value in self._headers) > HEAD_MAX:
            raise _HeadTooLarge
        url, headers = httptools.parse_url(self._url), dict(self._headers)
        path, self._query = url.path.decode("ascii"), (url.query or b"").decode("latin-1")
        self._path = unquote(path) if "%" in path else path
        self._is_last = not self._parser.should_keep_alive()
        if self._upgrades:
            return
        if int(headers.get("content-length", 0)) > MAX_BODY:
            self._complete(None)
        elif headers.get("expect", "").lower() == "100-continue":
            self._transport.write(_CONTINUE)

    def _line_size(self) -> int:
        return len(b"%s %s HTTP/1.1\r\n" % (self._parser.get_method(), self._url))

    def on_body(self, body: bytes) -> None:
        self._has_read_body = True
        if self._is_complete:
            return
        self._body += body
        if len(self._body) > MAX_BODY:
            self._complete(None)

    def on_message_complete(self) -> None:
        if self._upgrades:
            return
        self._is_open = False
        if not self._is_complete:
            self._complete(bytes(self._body))

    def _complete(self, body: bytes | None) -> None:
        """Queues the request. One with too large a body is answered while its client still sends."""
        self._is_complete, self._ends = True, self._is_last
        method, version = self._parser.get_method().decode(), self._parser.get_http_version()
        self._ahead.append(Received(method, self._path, self._query, version, self._headers, body, self._peer))
        if len(self._ahead) > _AHEAD_MAX and self._reads:
            self._reads = False
            self._transport.pause_reading()
        self._start_next()

    def _refuse(self, response: Response) -> None:
        """Ends the connection. Its response overtakes none to a request before, and bytes after the last get none.

        Nor does the rest of a request that has a response already.
        """
        if not self._ends and self.task is None:
            self._ends = True
            if not (self._is_open and self._is_complete):
                self._write("GET", response)
            self._transport.close()
        self._ends = True

    def _start_next(self) -> None:
        if self.task is None and self._ahead and self._writes:
            self.task = self._loop.create_task(self._respond(self._ahead.popleft()))
        if not self._reads and len(self._ahead) < _AHEAD_MAX:
            self._reads = True
            self._transport.resume_reading()

    async def _respond(self, received: Received) -> None:
        try:
            await self._handler(received, partial(self._write, received.method))
        finally:
            self.task = None
            if self._ends and not self._ahead:
                self._transport.close()
            else:
                self._start_next()

    def _write(self, method: str, response: Response) -> None:
        self._active = self._loop.time()
        if not self._transport.is_closing():
            head = _head(response, is_last=self._ends and not self._ahead)
            self._transport.writelines((head, b"" if method == "HEAD" else response.body))

    def _close_if_quiet(self) -> None:
        left = self._active + self._keep_alive - self._loop.time()
        if left <= 0 and self.task is None:
            self._transport.close()
        else:
            self._timer = self._loop.call_later(left if left > 0 else self._keep_alive, self._close_if_quiet)


def _too_large(url: bytes) -> Response:
    detail = f"The request's line and the values of its headers have more than {HEAD_MAX} bytes."
    refusal, request_id = Refusal(431, "Request Header Fields Too Large", detail), str(uuid.uuid4())
    return identified(refusal.response(request_id, url.decode("latin-1")), request_id)


def _head(response: Response, *, is_last: bool) -> bytes:
    lines = [_status_line(response.status), f"date: {_date(int(time.time()))}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    if response.status not in _WITHOUT_BODY:
        lines.append(f"content-length: {len(response.body)}")
    if is_last:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@cache
def _status_line(status: int) -> str:
    try:
        return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    except ValueError:  # a function's own
        return f"HTTP/1.1 {status} "


@lru_cache(1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
