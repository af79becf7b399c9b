"""The request context of one gRPC call."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote

import grpc

from maas.domain.identity.principals import Principal
from maas.platform import spans, trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.platform.request_ids import EFFECT_HEADER, GATEWAY_HEADER, SOURCE_HEADER, is_sane, log_fields

Context = grpc.aio.ServicerContext[Any, Any]


class Call(RequestContext):
    """The request id is the caller's `x-request-id` if it is sane, else the trace's id.

    `source_address` is what the caller says until Identity has found out whether to believe it.
    `outsider` is the caller of a call that does not come from our functions, once its credential is verified.
    `started` is a time of the performance counter in seconds. `deadline` stays None, since asyncio.timeout enforces it.
    """

    __slots__ = ("context", "metadata", "method", "outsider", "started")

    def __init__(self, method: str, context: Context) -> None:
        self.started = time.perf_counter()
        self.method = method
        self.context = context
        self.metadata = _metadata(context)
        self.outsider: Principal | None = None
        current = spans.started(self.metadata.get(trace.HEADER, ""))
        request_id, gateway = self._id("x-request-id") or current.trace_id, self._id(GATEWAY_HEADER)
        super().__init__(
            current,
            request_id,
            log_fields={**log_fields(request_id, gateway), **current.log_fields()},
            gateway_request_id=gateway,
            source_address=self.metadata.get(SOURCE_HEADER, ""),
            effect_id=self._id(EFFECT_HEADER),
        )

    @property
    def address(self) -> str:
        """The network address of the caller or, behind a load balancer, of the balancer; empty if there is none."""
        kind, _, place = unquote(self.context.peer() or "").partition(":")
        return place.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else ""

    def _id(self, name: str) -> str:
        """The id in the metadata; empty if there is none that is sane."""
        given = self.metadata.get(name, "")
        return given if is_sane(given) else ""

    def code(self) -> str:
        """The name of the call's status code so far: OK until another one is set."""
        if self.context.cancelled():
            return "CANCELLED"
        code: Any = self.context.code()  # 0 unless something has set one
        return code.name if code else "OK"


Proceed = Callable[[Call, Any], Awaitable[Any]]


def caller() -> Principal:
    """The principal of the current call."""
    call = CURRENT.get()
    assert call is not None
    assert call.principal is not None
    return call.principal


def metadata() -> Mapping[str, str]:
    """The text metadata of the current call, with names in lower case."""
    call = CURRENT.get()
    assert isinstance(call, Call)
    return call.metadata


def _metadata(context: Context) -> Mapping[str, str]:
    """The call's text metadata; the first value of a repeated name."""
    metadata: dict[str, str] = {}
    for name, value in context.invocation_metadata() or ():
        if isinstance(value, str):
            metadata.setdefault(str(name), value)
    return metadata
