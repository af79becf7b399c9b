"""The gate in front of every route: request id, trace, deadline, requests without a route, 401 without a principal,
403 for an API key from a network that is not its own, 429 for a caller that has made too many requests.
"""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maas.domain.clock import now
from maas.domain.errors import FieldError, MaasError, Rule, TokenExpired, Unauthenticated
from maas.domain.identity.networks import check_source
from maas.domain.identity.principals import Principal
from maas.domain.ids import new_id
from maas.entrypoints.key_uses import observe_key_use
from maas.entrypoints.refusals import observe
from maas.platform import deadline, spans, trace
from maas.platform.observability import log_call
from maas.platform.request_context import CURRENT, RequestContext
from maas.platform.request_ids import GATEWAY_FIELD, is_sane, log_fields
from maas.services.observations import Observations
from maas.services.request_limits import RequestLimits
from maas.web import problems
from maas.web.principal import authenticated
from maas.web.unrouted import ROUTE_KEY, is_shadowed, unknown, unrouted

Current = Callable[[Principal], Principal]
# Seconds after which API Gateway gives a request up.
_AGE_MAX = 30.0


class Gate:
    """Pure ASGI middleware. Paths in `public` need no principal; every other path does.

    Everybody who calls a path of `nameless` is its principal, whatever the request shows. A path with None is unknown.

    `current` looks the principal up, where the function can do so by itself; elsewhere the registry does. Whoever looks
    an API key up compares its networks with the request's address: the authorizer's answer may be a minute old.
    `limits` counts requests with a principal; None counts nothing. `observations` takes refusals of rights, and
    uses of API keys from new networks.

    Sets the request context, and headers of the request's id and limits on the answer. Logs one line for each request.
    """

    def __init__(
        self,
        app: ASGIApp,
        public: frozenset[str],
        current: Current | None = None,
        limits: RequestLimits | None = None,
        observations: Observations | None = None,
        nameless: Mapping[str, Principal | None] = MappingProxyType({}),
    ) -> None:
        self._app = app
        self._public = public
        self._nameless = nameless
        self._current = current
        self._limits = limits
        self._observations = observations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _request(scope)
        started, status = time.perf_counter(), 500  # of an unexpected error, which is answered outside of the gate
        # Never reset: each event has a task of its own, and the handler of unexpected errors runs outside of the gate.
        CURRENT.set(request)
        added_headers = [(b"x-request-id", request.request_id.encode())]

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *added_headers]
            await send(message)

        try:
            await self._answer(request, scope, receive, send_with_headers, added_headers)
        finally:
            if self._observations:
                if status != 401:
                    observe_key_use(self._observations, request, _authorizer_context(scope))
                observe(self._observations, request, scope)
            log_call("request", {**request.log_fields, **_outcome(scope, status, started)})
            if spans.is_on():
                _export(request, scope, status, time.perf_counter() - started)

    async def _answer(
        self, request: RequestContext, scope: Scope, receive: Receive, send: Send, added: list[tuple[bytes, bytes]]
    ) -> None:
        if self._nameless.get(scope["path"], scope) is None:
            return await unknown(scope["path"])(scope, receive, send)
        if _event_context(scope).get("routeKey") == ROUTE_KEY or is_shadowed(scope["method"], scope["path"]):
            return await unrouted(scope["method"], scope["path"])(scope, receive, send)
        if scope["path"] in self._public:
            return await self._app(scope, receive, send)
        try:
            claimed = self._nameless.get(scope["path"]) or authenticated(_authorizer_context(scope))
            self._check_limits(claimed, added)
            request.principal = self._current(claimed) if self._current else claimed
            check_source(request.principal.networks, request.source_address)
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

    def _check_limits(self, by: Principal, added_headers: list[tuple[bytes, bytes]]) -> None:
        """Counts the request. Raises RateLimited if the caller may make no more of them now."""
        if self._limits is None:
            return
        verdict = self._limits.take(by)
        if verdict.policy:
            limit_headers = [(b"ratelimit-policy", verdict.policy.encode()), (b"ratelimit", verdict.state.encode())]
            added_headers.extend(limit_headers)
        if verdict.refused:
            raise verdict.refused


def _request(scope: Scope) -> RequestContext:
    current, gateway_id = spans.started(_header(scope, trace.HEADER)), str(_event_context(scope).get("requestId", ""))
    given = _header(scope, "x-request-id")
    request_id = given if is_sane(given) else gateway_id or new_id()
    lambda_context = scope.get("aws.context")
    ends = deadline.after(lambda_context.get_remaining_time_in_millis() / 1000) if lambda_context else None
    fields = {**log_fields(request_id, gateway_id), **current.log_fields()}
    other_id = fields.get(GATEWAY_FIELD, "")
    source = str((_event_context(scope).get("http") or {}).get("sourceIp", ""))
    return RequestContext(
        current,
        request_id,
        ends,
        log_fields=fields,
        gateway_request_id=other_id,
        source_address=source,
        arrived=_arrival(_event_context(scope).get("timeEpoch")),
        open_inference=scope["path"] == "/v2" or scope["path"].startswith("/v2/"),
    )


def _arrival(epoch: Any) -> float | None:
    """The moment of the monotonic clock at which API Gateway got the request; `epoch` has milliseconds of its clock.

    None for an event that is repeated, which is older than a request can be, and for one of a clock that is ahead.
    """
    age = time.time() - epoch / 1000 if isinstance(epoch, int) else -1.0
    return time.monotonic() - age if 0 <= age < _AGE_MAX else None


def _outcome(scope: Scope, status: int, started: float) -> dict[str, Any]:
    """The rest of a request's log line. Lambda's own lines about it, such as a timeout, have `function_request_id`."""
    return {
        "function_request_id": getattr(scope.get("aws.context"), "aws_request_id", ""),
        "route": (scope.get("aws.event") or {}).get("routeKey", ""),
        "status": status,
        "milliseconds": round((time.perf_counter() - started) * 1000, 2),
    }


def _export(request: RequestContext, scope: Scope, status: int, seconds: float) -> None:
    """Exports the span of the request, named as OpenTelemetry's conventions for HTTP say."""
    route = (scope.get("aws.event") or {}).get("routeKey", "") or scope["method"]
    found = {"http__request__method": scope["method"], "http__response__status_code": status}
    if (call := request.timings) and call.version:
        found |= {"maas__model_id": call.model_id, "maas__version": call.version, "maas__cold_start": call.cold}
    spans.ended(request.trace, route, spans.Kind.SERVER, seconds, **found, error=status >= 500)


def _header(scope: Scope, name: str) -> str:
    """The first header of this name; empty if there is none."""
    return next((bytes(value).decode("latin-1") for given, value in scope["headers"] if given == name.encode()), "")


def _authorizer_context(scope: Scope) -> dict[str, Any]:
    authorizer = _event_context(scope).get("authorizer") or {}
    return authorizer.get("lambda") or {}


def _event_context(scope: Scope) -> dict[str, Any]:
    event: dict[str, Any] = scope.get("aws.event") or {}
    return event.get("requestContext") or {}
