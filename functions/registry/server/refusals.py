"""Observes calls from outside that were refused a right. Those of our functions are observed by the functions."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

from maas.domain.clock import now
from maas.domain.errors import MaasError, PermissionDenied
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.identity.observations import access_refused
from maas.domain.identity.pauses import Pauses, Shares
from maas.domain.identity.principals import Principal
from maas.domain.ids import canonical_id
from maas.grpc_server.call_context import Call
from maas.platform.observability import count, logger
from maas.platform.request_context import actor_of

# So many are being stored at once. More of them are lost.
WAITING_MAX = 100


class ObservationLog(Protocol):
    async def append(self, event: IdentityEvent) -> None:
        """Stores an observation, which is published then. Raises Unavailable."""
        ...


class Refusals:
    """Stores each refusal at most once a minute for one caller, method and object, beside the call."""

    def __init__(self, log: ObservationLog, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._pauses, self._shares = Pauses(), Shares()
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, call: Call, by: Principal, request: Any, error: PermissionDenied) -> None:
        what = object_of(by, request)
        repeats = self._pauses.repeats((by.subject, call.method, what), self._clock())
        if repeats is None:
            return None
        event = access_refused(by.tenant_id, what, call.method, error.message, actor_of(by), now(), repeats)
        if not self._shares.has_room(by.subject, self._clock()):
            return _lose(event, "the caller was refused too much")
        if len(self._tasks) >= WAITING_MAX:
            return _lose(event, "too many others wait")
        task = asyncio.create_task(self._append(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return None

    async def _append(self, event: IdentityEvent) -> None:
        try:
            await self._log.append(event)
        except MaasError as error:
            _lose(event, error.message)


def object_of(by: Principal, request: Any) -> str:
    """The model that a request names; the caller's organization if it names none."""
    for name in ("model_id", "id"):
        if found := canonical_id(str(getattr(request, name, ""))):
            return f"model/{found}"
    return f"organization/{by.tenant_id}"


def _lose(event: IdentityEvent, reason: str) -> None:
    logger.warning("an observation is lost", type=event.type, tenant=event.tenant_id, reason=reason)
    count("ObservationsLost")
