"""What the cache did, as numbers."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """All since the process began, but `breaker_open`: 1 while Redis is left alone.

    `loads` are reads of the store, renewals included; `waits` are readers who waited for another's load.
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
        """What was added after the snapshot `before`; `breaker_open` as it is now."""
        now = self.snapshot()
        return {name: value - before.get(name, 0) for name, value in now.items()} | {"breaker_open": self.breaker_open}
