"""Answers as API Gateway takes them from a function (payload 2.0)."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from fastapi import FastAPI, Response
from mangum import Mangum
from mangum.types import LambdaHandler

from maas.domain.errors import FieldError, Rule
from maas.entrypoints.bodies import body_text
from maas.web import problems

# Lambda's limit of 6 MB for a whole answer, less the bytes of its own envelope.
RESPONSE_MAX = 6 * 1024 * 1024 - 4096
# Lambda escapes the body once more: one character becomes `\\u0000` at most.
_ESCAPED_MAX = 6


class BoundedMangum(Mangum):
    """Mangum whose answers fit into Lambda's limit, and have a content type only with a body.

    ASGI's lifespan is off, because Mangum would run its start and end for every event. `short` answers some events
    without the app, and returns None for all others.
    """

    def __init__(
        self,
        app: FastAPI,
        short: Callable[[dict[str, Any], Any], dict[str, Any] | None],
        custom_handlers: list[type[LambdaHandler]],
    ) -> None:
        super().__init__(app, lifespan="off", custom_handlers=custom_handlers)
        self._short = short

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        return self._short(event, context) or _bounded(_typed(super().__call__(event, context)))


def gateway_answer(response: Response, added: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The answer with a response of one part, which has a body and no cookies, and with further headers."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.raw_headers}
    headers.update(added)
    body, is_encoded = body_text(bytes(response.body), headers)
    answer = {"statusCode": response.status_code, "headers": headers, "body": body, "isBase64Encoded": is_encoded}
    return _bounded(answer)


def _typed(answer: dict[str, Any]) -> dict[str, Any]:
    """Removes the content type that Mangum and FastAPI add to answers without a body."""
    if answer["statusCode"] in {204, 304}:
        answer["headers"].pop("content-type", None)
    return answer


def _size(answer: dict[str, Any]) -> int:
    """The bytes of an answer, or more of a short one. Base64 has nothing to escape, and takes long to look through."""
    body = len(answer["body"])
    if body < RESPONSE_MAX // _ESCAPED_MAX:
        return body
    return body + len(json.dumps({**answer, "body": ""})) if answer["isBase64Encoded"] else len(json.dumps(answer))


def _bounded(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, or 413 in place of one that Lambda would drop."""
    if _size(answer) < RESPONSE_MAX:
        return answer
    headers = {name: value for name, value in answer["headers"].items() if name == "x-request-id"}
    detail = "the answer is larger than a function can send; ask for less, such as a smaller `limit`"
    wrong = FieldError("limit", Rule.MAX_BYTES, detail)
    body = problems.document(413, "too_large", detail, headers.get("x-request-id", ""), [wrong])
    return {
        "statusCode": 413,
        "headers": {**headers, "content-type": problems.MEDIA_TYPE},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
