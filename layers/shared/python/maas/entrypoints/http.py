"""The frame of every HTTP function: problems, request id, and a gate that is shut unless a path is listed public."""

import json
import logging
from collections.abc import Callable, Collection
from typing import Any

from fastapi import APIRouter, FastAPI
from mangum import Mangum
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maas.domain.errors import FieldError, Unauthenticated
from maas.platform import deadline, trace
from maas.platform.observability import logger
from maas.platform.request_context import CURRENT, RequestContext
from maas.web import problems
from maas.web.principal import authenticated
from maas.web.request_id import request_id

# Anything else travels in base64, which an event file or a log can't show.
_TEXT = ["text/", "application/json", problems.MEDIA_TYPE]

# Lambda's limit of 6 MB, less what its own envelope needs; a character grows to `\\u0000` at most.
ANSWER_MAX = 6 * 1024 * 1024 - 4096
_ESCAPED_MAX = 6

LambdaHandler = Callable[[dict[str, Any], Any], Any]


def create_app(*routers: APIRouter, title: str, public: Collection[str] = ()) -> FastAPI:
    """An app with `routers`; paths in `public` need no principal, every other one does."""
    app = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        strict_content_type=False,  # a missing one counts as JSON; StrictRoute refuses wrong ones
    )
    problems.install(app)
    for router in routers:
        app.include_router(router)
    app.add_middleware(_Gate, public=frozenset(public))
    return app


class _Gate:
    """Pure ASGI: sets the request id on the answer, and the principal on the scope or answers 401."""

    def __init__(self, app: ASGIApp, public: frozenset[str]) -> None:
        self._app = app
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = request_id(scope)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", found.encode())]
            await send(message)

        request = _request(scope, found)
        # Never reset: each event has a task of its own, and the handler of unexpected errors is outside this one.
        CURRENT.set(request)
        await self._answer(request, scope, receive, send_with_id)

    async def _answer(self, request: RequestContext, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in self._public:
            return await self._app(scope, receive, send)
        try:
            request.principal = scope["maas.principal"] = authenticated(_authorizer_context(scope))
        except Unauthenticated as error:
            blame = [FieldError("authorization", error.code, error.message)]
            answer = problems.problem(Request(scope), 401, error.code, error.message, blame)
            return await answer(scope, receive, send)
        return await self._app(scope, receive, send)


def _request(scope: Scope, request_id: str) -> RequestContext:
    current = trace.continued(_header(scope, trace.HEADER.encode()).decode("latin-1"))
    lambda_context = scope.get("aws.context")
    ends = deadline.after(lambda_context.get_remaining_time_in_millis() / 1000) if lambda_context else None
    log_fields = {"request_id": request_id, **current.log_fields()}
    return RequestContext(current, request_id, ends, log_fields=log_fields)


def _header(scope: Scope, name: bytes) -> bytes:
    """The first of that name; empty without one."""
    return next((bytes(value) for given, value in scope["headers"] if given == name), b"")


def _authorizer_context(scope: Scope) -> dict[str, Any]:
    event = scope.get("aws.event") or {}
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    return authorizer.get("lambda") or {}


def lambda_handler(app: FastAPI) -> LambdaHandler:
    """`app` behind API Gateway. Lifespan is off: Mangum would run it on every event."""
    # An unexpected error is in the log already, as JSON; Mangum would add its traceback in plain lines.
    logging.getLogger("mangum.http").setLevel(logging.CRITICAL)
    return logger.inject_lambda_context(clear_state=True)(_BoundedMangum(app, lifespan="off", text_mime_types=_TEXT))


class _BoundedMangum(Mangum):
    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        return _bounded(_typed(super().__call__(event, context)))


def _typed(answer: dict[str, Any]) -> dict[str, Any]:
    """Mangum and FastAPI give every answer a type, those of nothing too."""
    if answer["statusCode"] in {204, 304}:
        answer["headers"].pop("content-type", None)
    return answer


def _bounded(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, or a problem in place of one that Lambda would drop: the body is escaped once more on its way."""
    if len(answer["body"]) < ANSWER_MAX // _ESCAPED_MAX or len(json.dumps(answer)) < ANSWER_MAX:
        return answer
    headers = {name: value for name, value in answer["headers"].items() if name == "x-request-id"}
    detail = "the answer is larger than a function can send; ask for less, such as a smaller `limit`"
    blame = [FieldError("limit", "max_bytes", detail)]
    body = problems.document(413, "too_large", detail, headers.get("x-request-id", ""), blame)
    return {
        "statusCode": 413,
        "headers": {**headers, "content-type": problems.MEDIA_TYPE},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
