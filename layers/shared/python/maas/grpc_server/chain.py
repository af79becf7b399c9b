"""The steps around every call of our services, as one interceptor.

Calls of the health service skip them: they need no token, and are too frequent to log. Calls of the reflection service
only have their token checked.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

import grpc
from google.protobuf.message import DecodeError

from maas.domain.errors import InvalidInput, MaasError, TooLarge
from maas.grpc_server.call_context import Call, Context, Proceed
from maas.grpc_server.errors import UnreadableRequest, abort
from maas.platform import spans
from maas.platform.observability import log_call
from maas.platform.request_context import CURRENT

REFLECTION = "/grpc.reflection."
# Codes that are faults of a server, and not answers to a caller (OpenTelemetry's conventions for RPC).
_FAULTS = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"})

# Records method, name of the status code, and seconds of one call.
Count = Callable[[str, str, float], None]


# Raises MaasError if a call may not be made.
Guard = Callable[[Call], Awaitable[object]]


class Step(Protocol):
    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        """Answers the call, usually by `proceed(call, request)`."""
        ...


class Chain(grpc.aio.ServerInterceptor):
    """All steps as one interceptor, which wraps each method once instead of with every call.

    The steps are those of methods that begin with one of `ours`. Those of reflection have `guard` alone. A request has
    at most `request_max` bytes.
    """

    def __init__(self, steps: Sequence[Step], ours: tuple[str, ...], guard: Guard, request_max: int) -> None:
        self._steps = steps
        self._ours = ours
        self._guard = guard
        self._request_max = request_max
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
        if method.startswith(self._ours):
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

        reader = partial(_read, handler.request_deserializer, self._request_max)
        return grpc.unary_unary_rpc_method_handler(behaviour, reader, handler.response_serializer)

    def _wrap_stream(self, method: str, handler: Any) -> Any:
        async def behaviour(requests: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
            call = Call(method, context)
            try:
                await self._guard(call)
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


def _read(deserialize: Callable[[bytes], Any], request_max: int, data: bytes) -> Any:
    """The request, or the reason why it can't be read: an error raised here would reach the client without details."""
    if len(data) > request_max:
        return UnreadableRequest(TooLarge(f"the request has {len(data)} bytes; at most {request_max} are taken"))
    try:
        return deserialize(data)
    except DecodeError:
        return UnreadableRequest(InvalidInput("the request is not the message that this method takes"))
