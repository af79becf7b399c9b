"""Routes whose bodies are JSON with the bytes of tensors behind it, and may be compressed.

https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from fastapi import Request, Response

from maas.domain.errors import FieldError, InvalidInput, Rule
from maas.web.content_codings import CODINGS, UnknownCoding, decoded
from maas.web.problems import refusal
from maas.web.strict import JsonRequest, is_json, media_type, over_body_max, unsupported
from maas.web.values_route import MeasuredRoute

BINARY = "application/octet-stream"
_LENGTH = "inference-header-content-length"
_REST = "maas.binary"


class TensorRoute(MeasuredRoute):
    """A route that finds the JSON as its body, and the bytes behind it by `binary`."""

    async def _read(self, request: JsonRequest) -> JsonRequest | Response:
        body = await request.body()
        if len(body) > self.body_max:
            return over_body_max(self.body_max)
        try:
            body = decoded(body, request.headers.get("content-encoding"), self.body_max)
        except UnknownCoding:
            wrong = FieldError("content-encoding", Rule.CONTENT_ENCODING, f"must be one of {CODINGS}")
            return refusal(415, "unsupported_media_type", [wrong], headers={"accept-encoding": CODINGS})
        kind = media_type(request.headers.get("content-type"), BINARY)
        if not is_json(kind) and kind != BINARY:
            return unsupported(f"application/json or {BINARY}")
        return _opened(request, body)


def binary(request: Request) -> bytes:
    """The bytes behind the JSON of a request."""
    found: bytes = request.scope.get(_REST, b"")
    return found


def _opened(request: JsonRequest, body: bytes) -> JsonRequest:
    """The request with the JSON as its body."""
    length = _json_length(request.headers.get("inference-header-content-length"), len(body))
    headers = [(name, value) for name, value in request.scope["headers"] if name != b"content-type"]
    scope = {**request.scope, _REST: body[length:], "headers": [*headers, (b"content-type", b"application/json")]}
    opened = JsonRequest(scope, request.receive)
    opened.put(body[:length])
    return opened


def _json_length(text: str | None, most: int) -> int:
    """Raises InvalidInput if it is not the length of a part of the body."""
    if text is None:
        return most
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput.of(_LENGTH, Rule.TYPE, "must be a number of bytes")
    if int(text) > most:
        raise InvalidInput.of(_LENGTH, Rule.RANGE, f"must be at most the {most} bytes of the body")
    return int(text)
