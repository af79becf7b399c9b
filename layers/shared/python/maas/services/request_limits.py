"""Requests a minute of each caller, counted in leases (docs/decisions/0052-request-limits.md).

A process takes some requests at once out of the count that all processes share, and then counts down in memory.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from maas.domain.errors import RateLimited
from maas.domain.identity.principals import Principal
from maas.domain.identity.quotas import WINDOW, Quota, Quotas, RequestsLeft
from maas.platform.observability import count, logger
from maas.services.ports.request_counts import RequestCounts

# The largest lease is 2 % of a quota, and a lease is a quarter of what the process needed in this and the last minute.
# So processes that stop needing theirs take little from the others.
LEASE_PART = 50
DEMAND_PART = 4

_MESSAGES = {
    "organization": "the organization has made as many requests as it may in a minute",
    "user": "the user has made as many requests as it may in a minute",
    "api_key": "the API key has made as many requests as it may in a minute",
}


@dataclass(slots=True)
class _Count:
    """One count in this minute, as this process knows it: `total` of all processes, `lease` is left of ours."""

    demand: int = 0
    used: int = 0
    lease: int = 0
    total: int = 0
    is_spent: bool = False


# A quota of a caller, the id that it is counted for, and its count.
_Held = tuple[Quota, str, _Count]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on a request, and the fields `RateLimit-Policy` and `RateLimit`; no field without a quota."""

    policy: str
    state: str
    refused: RateLimited | None = None


class RequestLimits:
    """Allows or refuses requests. Without `counts`, or while they don't answer, this process counts for itself."""

    def __init__(self, quotas: Quotas, counts: RequestCounts | None, clock: Callable[[], float] = time.time) -> None:
        self._quotas, self._counts, self._clock = quotas, counts, clock
        self._minute = 0
        self._known: dict[tuple[str, str], _Count] = {}
        self._is_local = False

    def take(self, by: Principal) -> Verdict:
        """Counts one request of a caller in each of its quotas, or in none if one of them is spent."""
        held, ends = self._held(by)
        self._lease([each for each in held if not each[2].lease and not each[2].is_spent])
        spent = next((quota for quota, _, found in held if not found.lease), None)
        if spent is None:
            for _, _, found in held:
                found.lease -= 1
                found.used += 1
        policy = ", ".join([f'"{quota.name}";q={quota.requests};w={WINDOW}' for quota, _, _ in held])
        state = ", ".join([f'"{quota.name}";r={_left(quota, found)};t={ends}' for quota, _, found in held])
        refused = RateLimited.by(spent.name, ends, _MESSAGES[spent.name]) if spent else None
        return Verdict(policy, state, refused)

    def left(self, by: Principal) -> list[RequestsLeft]:
        """The rest of each of a caller's quotas, by the shared counts as they are now. Counts nothing."""
        held, ends = self._held(by)
        if held:
            self._add(held, [0] * len(held))
        return [RequestsLeft(quota, _left(quota, found), ends) for quota, _, found in held]

    def _held(self, by: Principal) -> tuple[list[_Held], int]:
        """The quotas of a caller with their counts in this minute, which ends in so many seconds."""
        minute, second = divmod(int(self._clock()), WINDOW)
        self._turn(minute)
        return [(quota, key, self._count(quota, key)) for quota, key in self._quotas.of(by)], WINDOW - second

    def _turn(self, minute: int) -> None:
        """Begins a new minute. What a caller needed in the last one is the first guess of what it needs now."""
        if minute != self._minute:
            follows = minute == self._minute + 1
            self._minute = minute
            self._known = {name: _Count(demand=old.used) for name, old in self._known.items() if old.used and follows}

    def _count(self, quota: Quota, key: str) -> _Count:
        name = quota.name, key
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = _Count()
        return found

    def _lease(self, lacking: Sequence[_Held]) -> None:
        """Takes a lease of each of these counts, in one call."""
        if not lacking:
            return
        wanted = [
            max(1, min((found.demand + found.used) // DEMAND_PART, quota.requests // LEASE_PART))
            for quota, _, found in lacking
        ]
        self._add(lacking, wanted)
        for (quota, _, found), lease in zip(lacking, wanted, strict=True):
            found.lease = max(0, lease - max(0, found.total - quota.requests))
            found.is_spent = found.total >= quota.requests

    def _add(self, held: Sequence[_Held], amounts: Sequence[int]) -> None:
        """Adds to the shared counts; to this process's own if nothing is shared, which is reported once."""
        names = [f"{quota.name}/{key}/{self._minute}" for quota, key, _ in held]
        totals = self._counts.add(dict(zip(names, amounts, strict=True))) if self._counts else None
        if totals is None and not self._is_local:
            count("RequestLimitsLocal")
            logger.info("requests are counted for this process alone")
        self._is_local = totals is None
        if totals is None:
            totals = [found.total + amount for (_, _, found), amount in zip(held, amounts, strict=True)]
        for (_, _, found), total in zip(held, totals, strict=True):
            found.total = total


def _left(quota: Quota, found: _Count) -> int:
    """The requests that are left to all processes, as far as this one knows."""
    return max(0, quota.requests - found.total) + found.lease
