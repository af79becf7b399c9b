"""The gateway's own answers: API Gateway's `message`, within a problem+json (docs/decisions/0003)."""

import json

from local.events import Response

_PROBLEMS = {
    401: ("unauthenticated", "Unauthorized"),
    403: ("permission_denied", "Forbidden"),
    404: ("not_found", "Not Found"),
    413: ("too_large", "Content Too Large"),
    500: ("internal", "Internal Server Error"),
    503: ("unavailable", "Service Unavailable"),
}


class Refusal(Exception):
    """The gateway answers by itself. `message` is AWS's text, `detail` ours, `reason` only for the request log."""

    def __init__(self, status: int, message: str, detail: str, reason: str = "") -> None:
        super().__init__(reason or detail)
        self.status = status
        self.message = message
        self.detail = detail

    def response(self, request_id: str) -> Response:
        """The problem document."""
        code, title = _PROBLEMS[self.status]
        problem = {
            "type": "about:blank",
            "title": title,
            "status": self.status,
            "detail": self.detail,
            "code": code,
            "request_id": request_id,
            "message": self.message,
        }
        return Response(self.status, [("content-type", "application/problem+json")], json.dumps(problem).encode())
