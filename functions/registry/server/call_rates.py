"""Counts the calls of callers from outside in each minute. Those of our functions are counted by the functions.

This process counts for itself: a call must not wait for the count of all processes (docs/decisions/0052).
"""

import time
from collections import Counter
from collections.abc import Callable

from maas.domain.errors import RateLimited
from maas.domain.identity.principals import Principal
from maas.domain.identity.quotas import WINDOW, Quotas

_MESSAGES = {
    "organization": "the organization has made as many calls as it may in a minute",
    "user": "the user has made as many calls as it may in a minute",
    "api_key": "the API key has made as many calls as it may in a minute",
}


class CallRates:
    """`clock` returns seconds since the epoch."""

    def __init__(self, quotas: Quotas, clock: Callable[[], float] = time.time) -> None:
        self._quotas = quotas
        self._clock = clock
        self._minute = 0
        self._made = Counter[tuple[str, str]]()

    def take(self, by: Principal) -> None:
        """Counts a call in each quota of the caller, or in none if one of them is spent. Raises RateLimited."""
        minute, second = divmod(int(self._clock()), WINDOW)
        if minute != self._minute:
            self._minute, self._made = minute, Counter()
        held = self._quotas.of(by)
        for quota, key in held:
            if self._made[quota.name, key] >= quota.requests:
                raise RateLimited.by(quota.name, WINDOW - second, _MESSAGES[quota.name])
        self._made.update((quota.name, key) for quota, key in held)
