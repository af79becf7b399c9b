"""What every refusal has to look like.

A gateway refuses some requests by itself, before any function sees them. There only the status counts: on AWS and in
SAM local the body is `{"message": ...}`, in the embedded stack a problem besides (decision 0003).
"""

from typing import Any

import httpx2

# What a gateway may answer by itself, and with which statuses.
NO_CREDENTIAL = frozenset({401})
UNKNOWN_ROUTE = frozenset({403, 404})  # 403 in SAM local
BODY_TOO_LARGE = frozenset({413})
ODD_PATH = frozenset({400, 403, 404})  # escapes in it that no id has: a gateway may not let them through

_INTERNAL = ("127.0.0.1", "localhost", "arn:aws", "/work", "site-packages", "Traceback", "botocore", "grpc")


def assert_problem(answer: httpx2.Response, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """RFC 9457 with our members, a field where one is to blame, and nothing internal. Returns the body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert {"type", "title", "detail", "request_id"} <= body.keys()
    assert not [word for word in _INTERNAL if word in answer.text]
    if field is not None:
        assert field in [error["field"] for error in body["errors"]], body["errors"]
        assert all(error["rule"] and error["message"] for error in body["errors"])
    return body


def assert_gateway_refuses(answer: httpx2.Response, statuses: frozenset[int]) -> None:
    """One of the sets above; nothing internal."""
    assert answer.status_code in statuses, answer.text
    assert not [word for word in _INTERNAL if word in answer.text]
