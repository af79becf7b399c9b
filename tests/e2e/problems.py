"""What every refusal has to look like.

A gateway refuses some requests by itself, before any function sees them. There only the status counts: on AWS and in
SAM local the body is `{"message": ...}`, in the embedded stack a problem besides (decision 0003).
"""

from dataclasses import dataclass
from typing import Any

import httpx2


@dataclass(frozen=True)
class Refusal:
    """The statuses that a gateway refuses with, and those of SAM local's where it differs."""

    statuses: frozenset[int]
    sam_local: frozenset[int] = frozenset()


# All that a gateway may answer by itself.
NO_CREDENTIAL = Refusal(frozenset({401}))
UNKNOWN_ROUTE = Refusal(frozenset({404}), sam_local=frozenset({403}))
ODD_PATH = Refusal(frozenset({400, 404}), sam_local=frozenset({403}))  # escapes that no id has
BODY_TOO_LARGE = Refusal(frozenset({413}), sam_local=frozenset({502}))  # it passes on what Lambda's runtime refuses
BODY_NOT_TEXT = Refusal(frozenset({400}), sam_local=frozenset({502}))  # it takes every body for UTF-8

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


def assert_gateway_refuses(answer: httpx2.Response, refusal: Refusal) -> None:
    """With one of its statuses, and nothing internal. A function of ours may have answered instead, with the same."""
    by_sam_local = answer.headers.get("server", "").startswith("Werkzeug")
    assert answer.status_code in refusal.statuses | (refusal.sam_local if by_sam_local else frozenset()), answer.text
    assert not [word for word in _INTERNAL if word in answer.text]
