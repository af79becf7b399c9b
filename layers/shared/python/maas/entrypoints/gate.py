"""The gate in front of every route: request id, trace, deadline, and 401 without a principal."""

from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maas.domain.errors import FieldError, Unauthenticated
from maas.platform import deadline, trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.web import problems
from maas.web.principal import authenticated
from maas.web.request_id import request_id


class Gate:
    """Pure ASGI middleware. Paths in `public` need no principal; every other path does.

    Sets `maas.principal` on the scope, and `x-request-id` on the answer.
    """

    def __init__(self, app: ASGIApp, public: frozenset[str]) -> None:
        self._app = app
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen = request_id(scope)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", chosen.encode())]
            await send(message)

        request = _request(scope, chosen)
        # Never reset: each event has a task of its own, and the handler of unexpected errors runs outside of the gate.
        CURRENT.set(request)
        await self._answer(request, scope, receive, send_with_id)

    async def _answer(self, request: RequestContext, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in self._public:
            return await self._app(scope, receive, send)
        try:
            request.principal = scope["maas.principal"] = authenticated(_authorizer_context(scope))
        except Unauthenticated as error:
            wrong = FieldError("authorization", error.code, error.message)
            answer = problems.problem(Request(scope), 401, error.code, error.message, [wrong])
            return await answer(scope, receive, send)
        return await self._app(scope, receive, send)


def _request(scope: Scope, request_id: str) -> RequestContext:
    current = trace.continued(_header(scope, trace.HEADER.encode()).decode("latin-1"))
    lambda_context = scope.get("aws.context")
    ends = deadline.after(lambda_context.get_remaining_time_in_millis() / 1000) if lambda_context else None
    log_fields = {"request_id": request_id, **current.log_fields()}
    return RequestContext(current, request_id, ends, log_fields=log_fields)


def _header(scope: Scope, name: bytes) -> bytes:
    """The first header of this name; empty if there is none."""
    return next((bytes(value) for given, value in scope["headers"] if given == name), b"")


def _authorizer_context(scope: Scope) -> dict[str, Any]:
    event = scope.get("aws.event") or {}
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    return authorizer.get("lambda") or {}
