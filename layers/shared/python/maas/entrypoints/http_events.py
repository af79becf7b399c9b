"""Events of HTTP APIs for the app, and its responses as API Gateway takes them."""

import binascii
from typing import Any

from mangum.handlers.api_gateway import HTTPGateway
from mangum.types import Response, Scope

from maas.entrypoints.bodies import body_text, decoded


class HttpEvent(HTTPGateway):
    """An event whose path goes to the routes as it arrived: API Gateway has decoded it already.

    Mangum would decode it a second time (docs/decisions/0063-names-for-ids.md), and takes ten times as long for base64.
    """

    @property
    def body(self) -> bytes:
        """The bytes of the request's body."""
        if self.event.get("isBase64Encoded"):
            try:
                return decoded(self.event.get("body") or "")
            except binascii.Error:  # with line breaks, as people write events
                pass
        return super().body

    @property
    def scope(self) -> Scope:
        """The scope (ASGI)."""
        return {**super().scope, "path": self.event["requestContext"]["http"]["path"] or "/"}

    def __call__(self, response: Response) -> dict[str, Any]:
        """Returns the answer."""
        answer = super().__call__({**response, "body": b""})
        body, is_encoded = body_text(response["body"], answer["headers"])
        return {**answer, "body": body, "isBase64Encoded": is_encoded}
