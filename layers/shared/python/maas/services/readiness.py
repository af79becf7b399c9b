"""Which parts behind the API answer. The report is for people and monitors; no request depends on it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from maas.platform.observability import logger

# Seconds. A probe that takes longer counts as failed; a report is answered again for TTL, since anybody may ask.
PROBE_TIMEOUT, TTL = 1.0, 5.0


class State(StrEnum):
    """`off`: the part is not used here. `unknown`: the part that could tell does not answer."""

    UP = "up"
    DOWN = "down"
    OFF = "off"
    UNKNOWN = "unknown"


# Returns the part's state. Any error means DOWN.
Probe = Callable[[], Awaitable[State]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part, and the milliseconds that its probe took."""

    name: str
    state: State
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Report:
    """`ready` is true if every part that requests need is up."""

    ready: bool
    parts: tuple[Part, ...]


class ReadinessService:
    """Probes all parts at once. The service works without the parts in `optional`."""

    def __init__(
        self,
        probes: Mapping[str, Probe],
        optional: frozenset[str] = frozenset(),
        *,
        timeout: float = PROBE_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._probes = probes
        self._optional = optional
        self._timeout = timeout
        self._clock = clock
        self._latest: tuple[float, Report] | None = None

    async def report(self) -> Report:
        """The state of every part, at most TTL seconds old."""
        if self._latest is not None and self._clock() - self._latest[0] < TTL:
            return self._latest[1]
        parts = await asyncio.gather(*(self._part(name, probe) for name, probe in self._probes.items()))
        ready = all(part.state is State.UP for part in parts if part.name not in self._optional)
        report = Report(ready, tuple(parts))
        self._latest = (self._clock(), report)
        return report

    async def _part(self, name: str, probe: Probe) -> Part:
        started = time.perf_counter()
        try:
            state = await asyncio.wait_for(probe(), self._timeout)
        except Exception as error:  # noqa: BLE001 - whatever it is, the part can't be used
            logger.warning("a part does not answer", part=name, reason=f"{type(error).__name__}: {error}"[:300])
            state = State.DOWN
        return Part(name, state, round((time.perf_counter() - started) * 1000))
