"""Calls of models that run at once: each takes a slot of its organization, model and version, or waits for one."""

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from maas.domain.catalog.versions import Version
from maas.domain.errors import Exhausted, TimedOut
from maas.domain.identity.principals import Principal
from maas.domain.inference.concurrency import ConcurrencyLimits, Slots, Turn
from maas.domain.inference.durations import Durations
from maas.domain.inference.outputs import TOO_LONG
from maas.platform.request_context import arrival
from maas.platform.timings import current, phase
from maas.services.ports.call_leases import CallLeases

# Seconds. Models that take less hold a slot for less time than it takes to ask for it twice.
LEASED_FROM = 0.02
# Seconds that a call waits for a slot, from its arrival at the gateway on.
WAIT_MAX = 1.0
# Seconds between two questions of a call that waits.
_PAUSES = (0.01, 0.03)
# Seconds that a lease outlives the deadline of its call, whose process may be gone.
_SPARE = 1.0


class CallSlots:
    """Lets calls of models run, as far as there are slots."""

    def __init__(
        self, limits: ConcurrencyLimits, leases: CallLeases, timer: Callable[[], float] = time.perf_counter
    ) -> None:
        self._limits, self._leases, self._timer = limits, leases, timer
        self._durations = Durations()

    def are_taken(self, version: Version) -> bool:
        """Returns whether a call of this version takes slots, for which it may have to wait."""
        return self._durations.mean(_sha256(version), LEASED_FROM) >= LEASED_FROM

    @asynccontextmanager
    async def taken(self, by: Principal, version: Version, end: float) -> AsyncIterator[None]:
        """Holds the slots of a call, whose deadline is `end`, a time of time.monotonic().

        A model that is known to be fast needs none.

        Raises:
            Exhausted: no slot was free within WAIT_MAX of the call's arrival, or too many calls wait already.
            TimedOut: the deadline passed meanwhile.
        """
        slots = self._limits.of(by.tenant_id, version) if self.are_taken(version) else []
        call = secrets.token_hex(8) if slots else ""
        started = self._timer()
        try:
            if slots:
                with phase("queue"):
                    await self._wait(call, by.tenant_id, slots, end)
                started = self._timer()
            yield
            self._durations.add(_sha256(version), self._timer() - started)
        finally:
            if slots:
                self._leases.give_back(call, by.tenant_id, slots)

    async def _wait(self, call: str, tenant_id: str, slots: list[Slots], end: float) -> None:
        # Where calls queue for few processes, each second here would be one more for all calls behind.
        until = arrival() + WAIT_MAX
        while True:
            now = time.monotonic()
            if now >= end:  # late work never starts
                raise TimedOut(TOO_LONG)
            answer = self._leases.take(call, tenant_id, slots, end - now + _SPARE)
            if answer.turn is Turn.RUNS:
                return
            if call_timings := current():
                call_timings.waiting = max(call_timings.waiting, answer.waiting)
            if answer.turn is Turn.FULL or now >= until:
                raise _exhausted(answer.full or slots[0])
            await asyncio.sleep(random.uniform(*_PAUSES))  # noqa: S311 - jitter, no secret


def _sha256(version: Version) -> str:
    return version.artifact.sha256 if version.artifact else ""


def _exhausted(slots: Slots) -> Exhausted:
    return Exhausted(f"the {slots.kind} has {slots.limit} predictions under way, as many as it may have at once")
