"""Counts of requests in memory. `is_gone` makes them not answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class FakeRequestCounts:
    sums: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    is_gone: bool = False

    def add(self, amounts: Mapping[str, int]) -> list[int] | None:
        self.calls += 1
        if self.is_gone:
            return None
        for name, amount in amounts.items():
            self.sums[name] = self.sums.get(name, 0) + amount
        return [self.sums[name] for name in amounts]
