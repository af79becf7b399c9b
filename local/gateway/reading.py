"""Makes a request for functions from one as it was received."""

from dataclasses import dataclass

from local.gateway.payload import Request
from local.gateway.peers import HOST, Connection, Peers
from local.gateway.refusals import Refusal

MAX_BODY = 10 * 1024 * 1024  # bytes; the limit of an HTTP API


@dataclass(frozen=True, slots=True)
class Received:
    """A request as its client sent it. Names of headers are in lower case, `path` is decoded.

    `body` is None if it is larger than MAX_BODY.
    """

    method: str
    path: str
    query: str
    version: str
    headers: list[tuple[str, str]]
    body: bytes | None
    peer: Connection


def read(received: Received, request_id: str, peers: Peers) -> Request:
    """Returns the request. Raises Refusal if it is malformed or too large."""
    headers, cookies = _headers(received.headers)
    source, headers = peers.identify(headers, received.peer)
    if not HOST.fullmatch(headers["host"]):
        raise Refusal(400, "Bad Request", "The Host header is not a host name with an optional port.")
    if received.body is None:
        raise Refusal(413, "Request Entity Too Large", f"The body is larger than {MAX_BODY} bytes.")
    return Request(
        id=request_id,
        method=received.method,
        path=received.path,
        query=received.query,
        headers=headers,
        cookies=cookies,
        body=received.body,
        source_ip=source,
        protocol=f"HTTP/{received.version}",
    )


def _headers(pairs: list[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in pairs:
        if name == "cookie":
            cookies += value.split("; ")
        else:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers, cookies
