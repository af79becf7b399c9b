"""Counts of attempts in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from maas.domain.identity.attempts import Tally


@dataclass
class FakeAttempts:
    tallies: dict[str, Tally] = field(default_factory=dict)

    def read(self, names: Sequence[str]) -> list[Tally]:
        return [self.tallies.get(name, Tally()) for name in names]

    def count(self, name: str, part: int, expires: int, dropped: Collection[int] = ()) -> Tally:
        before = self.tallies.get(name, Tally())
        kept = {each: count for each, count in before.counts.items() if each not in dropped or each == part}
        self.tallies[name] = replace(before, counts={**kept, part: kept.get(part, 0) + 1})
        return self.tallies[name]

    def remember(self, name: str, now: int, expires: int) -> Tally:
        self.tallies[name] = replace(self.tallies.get(name, Tally()), signed_in=now)
        return self.tallies[name]
