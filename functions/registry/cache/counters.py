"""Counters of the cache, for metrics."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """Counts since the process started, except `breaker_open`: 1 while the circuit breaker is open, else 0.

    `loads` counts reads of the store, early refreshes included; `renewals` counts those refreshes. `waits` counts
    readers that waited for a load which another reader had started.
    """

    local_hits: int = 0
    absent_hits: int = 0
    shared_hits: int = 0
    loads: int = 0
    waits: int = 0
    renewals: int = 0
    breaker_opened: int = 0
    breaker_open: int = 0

    def snapshot(self) -> dict[str, int]:
        return asdict(self)

    def since(self, before: dict[str, int]) -> dict[str, int]:
        """The differences to the snapshot `before`; `breaker_open` is the current value."""
        now = self.snapshot()
        return {name: value - before.get(name, 0) for name, value in now.items()} | {"breaker_open": self.breaker_open}
