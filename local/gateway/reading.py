"""Reads a request from the server (ASGI)."""

from collections.abc import Awaitable, Callable
from typing import Any

from local.gateway.payload import Request
from local.gateway.peers import HOST, Connection, Peers
from local.gateway.refusals import Refusal

MAX_BODY = 10 * 1024 * 1024  # bytes; the limit of an HTTP API
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]


async def read(scope: Scope, receive: Receive, request_id: str, peers: Peers) -> Request:
    """Returns the request. Raises Refusal if it is malformed or too large, ConnectionResetError without a client."""
    headers, cookies = _headers(scope["headers"])
    (client, _), (server, port) = scope.get("client") or ("", 0), scope.get("server") or ("", "")
    source, headers = peers.identify(headers, Connection(client, server, str(port), scope["scheme"]))
    if not HOST.fullmatch(headers["host"]):
        raise Refusal(400, "Bad Request", "The Host header is not a host name with an optional port.")
    return Request(
        id=request_id,
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        cookies=cookies,
        body=await _body(receive, int(headers.get("content-length", 0))),
        source_ip=source,
        protocol=f"HTTP/{scope['http_version']}",
    )


def _headers(raw: list[tuple[bytes, bytes]]) -> tuple[dict[str, str], list[str]]:
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name_bytes, value_bytes in raw:
        name, value = name_bytes.decode("latin-1"), value_bytes.decode("latin-1")
        if name == "cookie":
            cookies += value.split("; ")
        else:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers, cookies


async def _body(receive: Receive, content_length: int) -> bytes:
    """Returns the body. Raises Refusal if it is too large, ConnectionResetError if the client disconnects."""
    body, more = bytearray(), True
    while more and max(content_length, len(body)) <= MAX_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if max(content_length, len(body)) > MAX_BODY:
        raise Refusal(413, "Request Entity Too Large", f"The body is larger than {MAX_BODY} bytes.")
    return bytes(body)
