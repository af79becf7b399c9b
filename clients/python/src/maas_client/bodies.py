"""Answers with their bodies, up to a limit: who answers may be another server, and send without an end."""

from typing import Any

import httpx2

from maas_client.errors import UnexpectedAnswer

# The API's own answers, and files of its log, have 6 MiB at most.
ANSWER_MAX = 32 * 1024 * 1024
# Headers of how a body was sent, not of what it is.
_OF_SENDING = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


async def answer_to(http: httpx2.AsyncClient, request: httpx2.Request, limit: int = ANSWER_MAX) -> httpx2.Response:
    """Sends a request, and returns the answer with its body. Raises UnexpectedAnswer, TransportError, DecodingError."""
    response = await http.send(request, stream=True)
    try:
        return await whole(response, limit)
    finally:
        await response.aclose()


async def whole(response: httpx2.Response, limit: int = ANSWER_MAX) -> httpx2.Response:
    """Returns an answer that is being read with all its body. Raises UnexpectedAnswer if that has more bytes."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            where = response.request.url.copy_with(query=None)
            raise UnexpectedAnswer(f"{where} answered more than {limit:,} bytes: check the address")
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_SENDING]
    kept: dict[str, Any] = {**response.extensions}
    kept.pop("network_stream", None)  # which belongs to the connection
    return httpx2.Response(
        response.status_code, headers=headers, content=bytes(body), request=response.request, extensions=kept
    )
