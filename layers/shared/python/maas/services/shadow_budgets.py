"""The budget of a rollout: calls that its candidate computes once more in an hour, in all processes together."""

import time
from collections.abc import Callable, Mapping

from maas.services.ports.request_counts import RequestCounts

HOUR = 3_600
# An hour, and the difference between the clocks of two processes.
EXPIRY = HOUR + 600


class ShadowBudgets:
    """Without `counts`, or while they do not answer, this process counts for itself."""

    def __init__(self, counts: RequestCounts | None, clock: Callable[[], float] = time.time) -> None:
        self._counts, self._clock = counts, clock
        self._hour = 0
        self._own: dict[str, int] = {}

    def granted(self, wanted: Mapping[str, int], budgets: Mapping[str, int]) -> Mapping[str, int]:
        """The calls of each rollout that may be computed, of those that are wanted. They count as computed."""
        hour = int(self._clock()) // HOUR
        if hour != self._hour:
            self._hour, self._own = hour, {}
        asked = {rollout: number for rollout, number in wanted.items() if self._own.get(rollout, 0) < budgets[rollout]}
        if not asked:
            return {}
        names = {f"shadow/{rollout}/{hour}": number for rollout, number in asked.items()}
        shared = self._counts.add(names) if self._counts else None
        granted: dict[str, int] = {}
        for place, (rollout, number) in enumerate(asked.items()):
            own = self._own.get(rollout, 0) + number
            total = max(own, shared[place]) if shared else own
            self._own[rollout] = total
            granted[rollout] = max(0, min(number, number - (total - budgets[rollout])))
        return granted
