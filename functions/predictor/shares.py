"""Shares of one process's calls: no organization takes so many that there is none left for others."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from maas.domain.errors import Exhausted

# Calls of one organization, for each place that is free: at most three quarters of all while nobody else calls.
PER_FREE_PLACE = 3


class Shares:
    """Calls under way by organization. There are `places` for those of all together."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, tenant_id: str) -> Iterator[None]:
        """Holds a place. Raises Exhausted if the organization has as many as it may have just now."""
        own, free = self._taken[tenant_id], self._places - self._taken.total()
        if own and own >= PER_FREE_PLACE * free:
            raise Exhausted("the organization has too many calls at once here; try again")
        self._taken[tenant_id] += 1
        try:
            yield
        finally:
            self._taken[tenant_id] -= 1
            if not self._taken[tenant_id]:
                del self._taken[tenant_id]
