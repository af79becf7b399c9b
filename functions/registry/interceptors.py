"""What happens around every call of ours: request id and access log, errors, identity; in this order.

Health and reflection pass by: they need no token, and are asked too often to be worth a line.
"""

import asyncio
import re
import time
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import grpc
from cachetools import TTLCache
from google.protobuf.message import DecodeError
from google.rpc import code_pb2
from google.rpc.status_pb2 import Status

from functions.registry.keys import verify
from maas.domain.errors import InvalidInput, MaasError, TimedOut, Unauthenticated
from maas.domain.ids import new_id
from maas.domain.principals import Principal, Role, Scope
from maas.keyring import Keys
from maas.observability import logger
from maas.wire.errors import to_status

OURS = ("/model.ModelService/", "/maas.registry.v1.RegistryService/")
# For a caller that set no deadline of its own.
LONGEST = 30.0
# Seconds that a verified token is believed, so also how long it may outlive its end.
TOKENS_TTL, TOKENS_MAX = 5.0, 4_096
# Whoever calls without a token where that is allowed: it acts for all tenants.
OPEN = Principal("anonymous", "", frozenset(Role), frozenset(Scope))
_SANE_ID = re.compile(r"[A-Za-z0-9._=-]{1,64}")
_CALLER: ContextVar[Principal] = ContextVar("caller")

Context = grpc.aio.ServicerContext[Any, Any]
Behaviour = Callable[[Any, Context], Awaitable[Any]]


def caller() -> Principal:
    """The principal of the call that is being answered."""
    return _CALLER.get()


@dataclass(frozen=True, slots=True)
class Malformed:
    """Stands for a request whose bytes are not the message they should be."""


class _Around(grpc.aio.ServerInterceptor):
    """Base: subclasses wrap the behaviour of our unary methods."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler = await continuation(handler_call_details)
        method = str(handler_call_details.method)
        if handler is None or not method.startswith(OURS):
            return handler

        async def behaviour(request: Any, context: Context) -> Any:
            return await self.around(method, handler.unary_unary, request, context)

        return grpc.unary_unary_rpc_method_handler(
            behaviour, self.reader(handler.request_deserializer), handler.response_serializer
        )

    def reader(self, deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        return deserialize

    @abstractmethod
    async def around(self, method: str, proceed: Behaviour, request: Any, context: Context) -> Any:
        """Answers the call, as a rule by `proceed(request, context)`."""


class AccessLog(_Around):
    """One line for each call, and the caller's request id on every line that the call writes."""

    async def around(self, method: str, proceed: Behaviour, request: Any, context: Context) -> Any:
        given = _metadata(context).get("x-request-id", "")
        logger.thread_safe_append_keys(request_id=given if _SANE_ID.fullmatch(given) else new_id())
        started = time.perf_counter()
        try:
            return await proceed(request, context)
        finally:
            taken = round((time.perf_counter() - started) * 1000, 2)
            logger.info("call", method=method, code=_code_name(context), milliseconds=taken)


class Errors(_Around):
    """Errors of the domain as rich gRPC status; everything else is a bug, told to the log and not to the caller."""

    def reader(self, deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        def read(data: bytes) -> Any:
            try:
                return deserialize(data)
            except DecodeError:
                return Malformed()

        return read

    async def around(self, method: str, proceed: Behaviour, request: Any, context: Context) -> Any:
        try:
            async with asyncio.timeout(context.time_remaining() or LONGEST):
                if isinstance(request, Malformed):
                    raise InvalidInput("the request is not the message that this method takes")
                return await proceed(request, context)
        except MaasError as error:
            await _abort(context, to_status(error))
        except TimeoutError:
            await _abort(context, to_status(TimedOut("the call's time is over")))
        except Exception:  # noqa: BLE001 - the last resort of every call: logged, and told as INTERNAL
            logger.exception("unexpected error", method=method)
            message = "an unexpected error happened; quote the request id when you report it"
            await _abort(context, Status(code=code_pb2.INTERNAL, message=message))


class Identity(_Around):
    """The principal of the service token; without `required`, a call with no token at all passes as OPEN."""

    def __init__(self, keys: Keys, *, required: bool) -> None:
        self._keys = keys
        self._required = required
        # A function uses a token for half a minute; to verify it each time costs as much as a cached read.
        self._verified: TTLCache[str, Principal] = TTLCache(TOKENS_MAX, TOKENS_TTL)

    async def around(self, method: str, proceed: Behaviour, request: Any, context: Context) -> Any:  # noqa: ARG002
        _CALLER.set(await self._principal(_metadata(context).get("authorization")))
        logger.thread_safe_append_keys(subject=caller().subject, tenant=caller().tenant_id)
        return await proceed(request, context)

    async def _principal(self, authorization: str | None) -> Principal:
        if authorization is None and not self._required:
            return OPEN
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("this needs a service token: authorization: Bearer <token>")
        found = self._verified.get(token)
        if found is None:
            found = self._verified[token] = await verify(self._keys, token)
        return found


def _metadata(context: Context) -> Mapping[str, str]:
    """The call's text metadata; of a repeated name the first."""
    pairs = context.invocation_metadata() or ()
    return {str(name): value for name, value in reversed(list(pairs)) if isinstance(value, str)}


def _code_name(context: Context) -> str:
    code: grpc.StatusCode | None = context.code()  # set by an abort only
    return "CANCELLED" if context.cancelled() else (code or grpc.StatusCode.OK).name


async def _abort(context: Context, status: Status) -> None:
    details = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(_STATUS_CODES[status.code], status.message, details)


_STATUS_CODES: Mapping[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}
