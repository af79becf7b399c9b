"""Error responses of the gateway itself: problem+json with API Gateway's `message` (docs/decisions/0003)."""

import json
from http import HTTPStatus

from local.gateway.payload import Response

_CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "permission_denied",
    404: "not_found",
    408: "timeout",  # never on AWS, where no event waits for another one's process
    413: "too_large",
    429: "exhausted",  # of a full queue; on AWS of the rate, without a code
    431: "too_large",
    500: "internal",
    503: "unavailable",
    507: "insufficient_storage",  # never on AWS
}
# Clients of the Open Inference Protocol read `error` alone (docs/decisions/0077-errors-and-times-of-v2.md).
_OPEN_INFERENCE = "/v2"


class Refusal(Exception):
    """The gateway rejects the request. `message` is AWS's text, `detail` ours; `reason` is only for the request log.

    `retry_after` is the seconds until a retry may succeed, if that is known.
    """

    def __init__(self, status: int, message: str, detail: str, reason: str = "", retry_after: int = 0) -> None:
        super().__init__(reason or detail)
        self.status = status
        self.message = message
        self.detail = detail
        self.retry_after = retry_after

    def response(self, request_id: str, path: str = "") -> Response:
        """Returns the response with the problem document, in the form that the functions give theirs under /v2."""
        problem: dict[str, object] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": _CODES[self.status],
            "request_id": request_id,
            "message": self.message,
        }
        if self.status == HTTPStatus.UNAUTHORIZED:
            problem["errors"] = [{"field": "authorization", "rule": "required", "message": self.detail}]
        media_type = "application/problem+json"
        if path == _OPEN_INFERENCE or path.startswith(f"{_OPEN_INFERENCE}/"):
            problem, media_type = {"error": self.detail, **problem}, "application/json"
        headers = [("content-type", media_type)]
        if self.retry_after:
            headers.append(("retry-after", str(self.retry_after)))
        return Response(self.status, headers, json.dumps(problem).encode())
