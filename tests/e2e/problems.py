"""What every refusal has to look like."""

from typing import Any

import httpx2

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
