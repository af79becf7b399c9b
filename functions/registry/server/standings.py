"""The rights that callers have now: read from the identity table, and used for a few seconds.

A caller whose access ends is refused by every process within TTL and the time of one read, so within 5 s
(docs/decisions/0046-access-ends-at-the-records.md).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from cachetools import TTLCache

from functions.registry.cache.single_flight import ShieldedTasks
from maas.domain.errors import Unauthenticated, Unavailable
from maas.domain.identity.principals import SERVICES, Principal

# Seconds for which what was read is used, and for which it is used if the table does not answer.
TTL, STALE_MAX = 2.0, 4.0
CALLERS_MAX = 10_000


class Directory(Protocol):
    """The place where callers are looked up."""

    async def current(self, by: Principal) -> Principal:
        """The caller with the rights that it has now. Raises Unauthenticated, Unavailable."""
        ...


@dataclass(slots=True)
class _Known:
    """The result of a read that began at `read_at`, in seconds of the monotonic clock."""

    result: Principal | Unauthenticated
    read_at: float


class Standings:
    """Callers as they stand now. One read of a caller runs at a time, however many calls wait for it."""

    def __init__(self, directory: Directory, clock: Callable[[], float] = time.monotonic) -> None:
        self._directory = directory
        self._clock = clock
        self._known: TTLCache[Principal, _Known] = TTLCache(CALLERS_MAX, STALE_MAX, timer=clock)
        self._reads: dict[Principal, asyncio.Task[_Known]] = {}
        self._tasks = ShieldedTasks()

    async def current(self, by: Principal) -> Principal:
        """The caller with the rights that it has now.

        Raises:
            Unauthenticated: its access has ended.
            Unavailable: the table has not answered for STALE_MAX.
        """
        if by.subject in SERVICES or not by.tenant_id:  # our own services have no record
            return by
        known = self._known.get(by)
        if known is None or self._clock() - known.read_at >= TTL:
            known = await self._renewed(by, known)
        if isinstance(known.result, Unauthenticated):
            raise Unauthenticated(known.result.message)
        return known.result

    async def _renewed(self, by: Principal, known: _Known | None) -> _Known:
        if by not in self._reads:
            task = self._reads[by] = self._tasks.start(self._read(by))
            task.add_done_callback(lambda _: self._reads.pop(by, None))
        try:
            return await asyncio.shield(self._reads[by])
        except Unavailable:
            if known is None or self._clock() - known.read_at >= STALE_MAX:
                raise
            return known

    async def _read(self, by: Principal) -> _Known:
        read_at = self._clock()
        result: Principal | Unauthenticated
        try:
            result = await self._directory.current(by)
        except Unauthenticated as error:
            result = error
        known = self._known[by] = _Known(result, read_at)
        return known


# The steps of a call take this; the tests' registries have callers without records.
Current = Callable[[Principal], Awaitable[Principal]]
