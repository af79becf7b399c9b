"""What happens around every call of ours: log and metrics, errors, shedding (overload.py), identity; in this order.

Health passes by: it needs no token, and is asked too often to be worth a line. Reflection needs a token where calls do.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import grpc
from cachetools import TTLCache
from google.protobuf.message import DecodeError
from google.rpc import code_pb2
from google.rpc.status_pb2 import Status

from functions.registry.server.call_context import Call, Context, Proceed
from functions.registry.server.service_keys import verify
from maas.domain.errors import InvalidInput, MaasError, TimedOut, TooLarge, Unauthenticated
from maas.domain.identity.principals import Principal, Role, Scope
from maas.platform.observability import log_call, logger
from maas.platform.request_context import CURRENT
from maas.security.bearer import bearer_token
from maas.security.keyring import Keys
from maas.wire.errors import to_status
from maas.wire.transport import REQUEST_MAX

OURS = ("/model.ModelService/", "/maas.registry.v1.RegistryService/")
REFLECTION = "/grpc.reflection."
# For a caller that set no deadline of its own, or one that is far away.
LONGEST = 30.0
# Seconds that a verified token is believed, so also how long it may outlive its end.
TOKENS_TTL, TOKENS_MAX = 5.0, 4_096
# Whoever calls without a token where that is allowed: it acts for all tenants.
OPEN = Principal("anonymous", "", frozenset(Role), frozenset(Scope))

Count = Callable[[str, str, float], None]


class Step(Protocol):
    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        """Answers the call, as a rule by `proceed(call, request)`."""
        ...


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands for a request whose bytes were not read as the message they should be."""

    error: MaasError


class Chain(grpc.aio.ServerInterceptor):
    """All steps as one interceptor, put around a method once and not with each call."""

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
            if handler is None:  # UNIMPLEMENTED; not kept, for there is no end of names
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
            try:
                await self._identity.identify(Call(method, context))
            except MaasError as error:
                await _abort(context, to_status(error))
            async for answer in handler.stream_stream(requests, context):
                yield answer

        return grpc.stream_stream_rpc_method_handler(
            behaviour, handler.request_deserializer, handler.response_serializer
        )


class AccessLog:
    """One line for each call; the caller's request id and trace are in every line that is written about the call.

    `count` is told method, code and seconds.
    """

    def __init__(self, count: Count) -> None:
        self._count = count

    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        try:
            return await proceed(call, request)
        finally:
            seconds, code = time.perf_counter() - call.started, call.code()
            self._count(call.method, code, seconds)
            told = {"method": call.method, "code": code, "milliseconds": round(seconds * 1000, 2)}
            log_call("call", {**call.log_fields, **told})


class Errors:
    """Errors of the domain as rich gRPC status; everything else is a bug, told to the log and not to the caller."""

    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        try:
            async with asyncio.timeout(_seconds(call)):
                if isinstance(request, Unread):
                    raise request.error
                return await proceed(call, request)
        except MaasError as error:
            await _abort(call.context, to_status(error))
        except TimeoutError:
            await _abort(call.context, to_status(TimedOut("the call's time is over")))
        except Exception:  # noqa: BLE001 - the last resort of every call: logged, and told as INTERNAL
            logger.exception("unexpected error", method=call.method)
            message = "an unexpected error happened; quote the request id when you report it"
            await _abort(call.context, Status(code=code_pb2.INTERNAL, message=message))


class Identity:
    """The principal of the service token; without `required`, a call with no token at all passes as OPEN."""

    def __init__(self, keys: Keys, *, required: bool) -> None:
        self._keys = keys
        self._required = required
        # A function uses a token for half a minute; to verify it each time costs as much as a cached read.
        self._verified: TTLCache[str, Principal] = TTLCache(TOKENS_MAX, TOKENS_TTL)

    async def around(self, proceed: Proceed, call: Call, request: Any) -> Any:
        call.principal = found = await self.identify(call)
        call.log_fields |= {"subject": found.subject, "tenant": found.tenant_id}
        return await proceed(call, request)

    async def identify(self, call: Call) -> Principal:
        """Raises Unauthenticated, TokenExpired, Unavailable (the keys can't be read)."""
        authorization = call.metadata.get("authorization")
        if authorization is None and not self._required:
            return OPEN
        token = bearer_token(authorization or "")
        if not token:
            raise Unauthenticated("this needs a service token: authorization: Bearer <token>")
        found = self._verified.get(token)
        if found is None:
            found = self._verified[token] = await verify(self._keys, token)
        return found


def _read(deserialize: Callable[[bytes], Any], data: bytes) -> Any:
    if len(data) > REQUEST_MAX:
        return Unread(TooLarge(f"the request has {len(data)} bytes; at most {REQUEST_MAX} are taken"))
    try:
        return deserialize(data)
    except DecodeError:
        return Unread(InvalidInput("the request is not the message that this method takes"))


def _seconds(call: Call) -> float:
    """How long the call may take."""
    left: float | None = call.context.time_remaining()  # the stub leaves None out
    return LONGEST if left is None else min(left, LONGEST)


async def _abort(context: Context, status: Status) -> None:
    details = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(_STATUS_CODES[status.code], status.message, details)


_STATUS_CODES: Mapping[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}
