"""The gate in front of every route: request id, trace, deadline, requests without a route, 401 without a principal,
403 for an API key from a network that is not its own, 429 for a caller that has made too many requests.
"""

import time
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers as GivenHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maas.domain.clock import now
from maas.domain.errors import FieldError, MaasError, Rule, TokenExpired, Unauthenticated
from maas.entrypoints.admission import Admission, Headers, event_context, request_context
from maas.platform.request_context import CURRENT, RequestContext
from maas.web import problems
from maas.web.unrouted import ROUTE_KEY, is_shadowed, unknown, unrouted


class Gate:
    """Pure ASGI middleware with the rules of `admission`.

    Sets the request context, and headers of the request's id and limits on the answer. Logs one line for each request.
    """

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        event, context = _event(scope), scope.get("aws.context")
        request = request_context(event, context, GivenHeaders(scope=scope), scope["path"])
        started, status = time.perf_counter(), 500  # of an unexpected error, which is answered outside of the gate
        # Never reset: each event has a task of its own, and the handler of unexpected errors runs outside of the gate.
        CURRENT.set(request)
        added_headers = [("x-request-id", request.request_id)]

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    *[(name.encode(), value.encode()) for name, value in added_headers],
                ]
            await send(message)

        try:
            await self._answer(request, scope, receive, send_with_headers, added_headers)
        finally:
            self._admission.ended(request, event, context, scope["method"], status, started)

    async def _answer(
        self, request: RequestContext, scope: Scope, receive: Receive, send: Send, added_headers: Headers
    ) -> None:
        event, path = _event(scope), scope["path"]
        if self._admission.is_unknown(path):
            return await unknown(path)(scope, receive, send)
        if event_context(event).get("routeKey") == ROUTE_KEY or is_shadowed(scope["method"], path):
            return await unrouted(scope["method"], path)(scope, receive, send)
        if self._admission.is_public(path):
            return await self._app(scope, receive, send)
        try:
            self._admission.admit(request, self._admission.claimed(event, path), added_headers)
        except Unauthenticated as error:
            rule = Rule.EXPIRED if isinstance(error, TokenExpired) else Rule.REQUIRED
            wrong = FieldError("authorization", rule, error.message)
            # For callers whose clock is wrong: they take a token to be valid that is not.
            extra = {"server_time": now().isoformat().replace("+00:00", "Z")}
            answer = problems.problem(401, error.code, error.message, [wrong], extra=extra)
            return await answer(scope, receive, send)
        except MaasError as error:
            return await problems.answer(error)(scope, receive, send)
        return await self._app(scope, receive, send)


def _event(scope: Scope) -> Mapping[str, Any]:
    return scope.get("aws.event") or {}
