"""The call that is being answered: what it brought along, and who calls."""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

import grpc

from maas.domain.identity.principals import Principal

Context = grpc.aio.ServicerContext[Any, Any]


class Call:
    """`keys` are in every line that is written about it. Times in seconds: `started` of the monotonic clock."""

    __slots__ = ("context", "keys", "metadata", "method", "principal", "started")

    principal: Principal

    def __init__(self, method: str, context: Context) -> None:
        self.method = method
        self.context = context
        self.metadata = _metadata(context)
        self.keys: dict[str, Any] = {}
        self.started = time.perf_counter()

    def code(self) -> str:
        """How it ended, as far as it has."""
        if self.context.cancelled():
            return "CANCELLED"
        found: Any = self.context.code()  # 0 unless something has set one
        return found.name if found else "OK"


Proceed = Callable[[Call, Any], Awaitable[Any]]

CALL: ContextVar[Call] = ContextVar("call")


def caller() -> Principal:
    """The principal of the call that is being answered."""
    return CALL.get().principal


def _metadata(context: Context) -> Mapping[str, str]:
    """The call's text metadata; of a repeated name the first."""
    found: dict[str, str] = {}
    for name, value in context.invocation_metadata() or ():
        if isinstance(value, str):
            found.setdefault(str(name), value)
    return found
