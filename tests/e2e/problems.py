"""Assertions for refused requests.

A gateway refuses some requests before they reach a function. Tests check only the status of those refusals: on AWS and
in SAM local the body is `{"message": ...}`, in the embedded stack a problem with that member (decision 0003).
"""

from dataclasses import dataclass
from typing import Any

import httpx2


@dataclass(frozen=True)
class Refusal:
    """The statuses of a gateway's refusal, and additional ones of SAM local's gateway."""

    statuses: frozenset[int]
    sam_local: frozenset[int] = frozenset()


# The refusals of gateways.
NO_CREDENTIAL = Refusal(frozenset({401}))
ODD_PATH = Refusal(frozenset({400, 404}), sam_local=frozenset({403}))  # escapes that are not in any id
BODY_TOO_LARGE = Refusal(frozenset({413}), sam_local=frozenset({502}))  # it passes on the refusal of Lambda's runtime
BODY_NOT_TEXT = Refusal(frozenset({400}), sam_local=frozenset({502}))  # it decodes every body as UTF-8

_INTERNAL = ("127.0.0.1", "localhost", "arn:aws", "/work", "site-packages", "Traceback", "botocore", "grpc")


def assert_problem(answer: httpx2.Response, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """Asserts a problem (RFC 9457) with our members and without internal names, and with `field` if given.

    Returns the body.
    """
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
    """Asserts one of the statuses of `refusal` and no internal names; a function may answer with the same status."""
    by_sam_local = answer.headers.get("server", "").startswith("Werkzeug")
    assert answer.status_code in refusal.statuses | (refusal.sam_local if by_sam_local else frozenset()), answer.text
    assert not [word for word in _INTERNAL if word in answer.text]
