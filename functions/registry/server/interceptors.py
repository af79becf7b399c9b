"""The steps around every call of our services: access log, errors, load shedding and identity, in this order.

Calls of the health service skip them: they need no token, and are too frequent to log. Calls of the reflection service
only have their token checked.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

import grpc
from google.protobuf.message import DecodeError

from functions.registry.server.call_context import Call, Context, Proceed
from functions.registry.server.credentials import Credentials
from functions.registry.server.errors import UnreadableRequest, abort
from functions.registry.server.standings import Current
from maas.domain.errors import InvalidInput, MaasError, PermissionDenied, TooLarge, Unauthenticated
from maas.domain.identity.networks import check_source
from maas.domain.identity.principals import Principal, Role, Scope
from maas.platform import spans
from maas.platform.observability import log_call
from maas.platform.request_context import CURRENT
from maas.security.bearer import bearer_token
from maas.wire.transport import REQUEST_MAX

OURS = ("/model.ModelService/", "/maas.registry.v1.RegistryService/")
REFLECTION = "/grpc.reflection."
# What access tokens and API keys are for. The other service takes keys of storage from its callers, and trusts them.
FOR_ALL = ("/model.ModelService/", REFLECTION)
# The principal of calls without a token, where that is allowed: it acts for all tenants.
OPEN = Principal("anonymous", "", frozenset(Role), frozenset(Scope))

# Codes that are faults of a server, and not answers to a caller (OpenTelemetry's conventions for RPC).
_FAULTS = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"})
# Records method, name of the status code, and seconds of one call.
Count = Callable[[str, str, float], None]


class Step(Protocol):
    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        """Answers the call, usually by `proceed(call, request)`."""
        ...


class Chain(grpc.aio.ServerInterceptor):
    """All steps as one interceptor, which wraps each method once instead of with every call."""

    def __init__(self, steps: Sequence[Step], identity: "Identity") -> None:
        self._steps = steps
        self._identity = identity
        self._wrapped: dict[str, Any] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        method = str(handler_call_details.method)
        wrapped = self._wrapped.get(method)
        if wrapped is None:
            handler = await continuation(handler_call_details)
            if handler is None:  # UNIMPLEMENTED; not cached, because clients can send any name
                return None
            wrapped = self._wrapped[method] = self._wrap(method, handler)
        return wrapped

    def _wrap(self, method: str, handler: Any) -> Any:
        if method.startswith(OURS):
            return self._wrap_unary(method, handler)
        if method.startswith(REFLECTION):
            return self._wrap_stream(method, handler)
        return handler

    def _wrap_unary(self, method: str, handler: Any) -> Any:
        async def last(call: Call, request: Any) -> Any:
            return await handler.unary_unary(request, call.context)

        proceed: Proceed = last
        for step in reversed(self._steps):
            proceed = partial(step.around, proceed)

        async def behaviour(request: Any, context: Context) -> Any:
            call = Call(method, context)
            CURRENT.set(call)
            return await proceed(call, request)

        reader = partial(_read, handler.request_deserializer)
        return grpc.unary_unary_rpc_method_handler(behaviour, reader, handler.response_serializer)

    def _wrap_stream(self, method: str, handler: Any) -> Any:
        async def behaviour(requests: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
            call = Call(method, context)
            try:
                await self._identity.identify(call)
            except MaasError as error:
                await abort(call, error)
            async for answer in handler.stream_stream(requests, context):
                yield answer

        return grpc.stream_stream_rpc_method_handler(
            behaviour, handler.request_deserializer, handler.response_serializer
        )


class AccessLog:
    """Logs one line for each call, and calls `count`."""

    def __init__(self, count: Count) -> None:
        self._count = count

    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        try:
            return await proceed(call, request)
        finally:
            seconds, code = time.perf_counter() - call.started, call.code()
            self._count(call.method, code, seconds)
            outcome = {"method": call.method, "code": code, "milliseconds": round(seconds * 1000, 2)}
            log_call("call", {**call.log_fields, **outcome})
            if spans.is_on():
                found = {"rpc__system": "grpc", "rpc__grpc__status_code": code}
                failed = code in _FAULTS
                spans.ended(call.trace, call.method.strip("/"), spans.Kind.SERVER, seconds, **found, error=failed)


class Identity:
    """Sets the call's principal from its credential, with the rights that it has now.

    A call without a credential is OPEN, unless `required`.
    """

    def __init__(self, credentials: Credentials, current: Current, *, required: bool) -> None:
        self._credentials = credentials
        self._current = current
        self._required = required

    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        try:
            call.principal = principal = await self.identify(call)
            call.log_fields |= {"subject": principal.subject, "tenant": principal.tenant_id}
            return await proceed(call, request)
        except PermissionDenied as error:
            if call.outsider and self._credentials.refusals:
                self._credentials.refusals.note(call, call.outsider, request, error)
            raise

    async def identify(self, call: Call) -> Principal:
        """The principal of the call's credential, with the rights that it has now.

        Raises:
            Unauthenticated, TokenExpired
            PermissionDenied: the credential is not for this method, or not for the caller's network.
            RateLimited: a caller from outside has made too many calls.
            Unavailable: keys or the caller's record can't be read.
        """
        authorization = call.metadata.get("authorization")
        if authorization is None and not self._required:
            call.source_address = call.address
            return OPEN
        text = bearer_token(authorization or "")
        if not text:
            raise Unauthenticated("this needs a credential: authorization: Bearer <access token or API key>")
        shown = await self._credentials.shown(text, call)
        if shown.outside:
            # Our own functions alone are believed about the address of their caller.
            call.outsider, call.source_address = shown.principal, call.address
            if self._credentials.rates:
                self._credentials.rates.take(shown.principal)
            if not call.method.startswith(FOR_ALL):
                raise PermissionDenied("this method is for the functions of MaaS alone; call model.ModelService")
        principal = await self._current(shown.principal)
        check_source(principal.networks, call.source_address)
        return principal


def _read(deserialize: Callable[[bytes], Any], data: bytes) -> Any:
    """The request, or the reason why it can't be read: an error raised here would reach the client without details."""
    if len(data) > REQUEST_MAX:
        return UnreadableRequest(TooLarge(f"the request has {len(data)} bytes; at most {REQUEST_MAX} are taken"))
    try:
        return deserialize(data)
    except DecodeError:
        return UnreadableRequest(InvalidInput("the request is not the message that this method takes"))
