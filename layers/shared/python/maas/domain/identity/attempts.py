"""Attempts to sign in or to register: networks, spans of time, and how many attempts each span allows.

A span is counted in parts. The parts that reach into the last span are added up, so no span of that length, wherever
it begins, has more attempts than its limit. A limit holds up to one part longer than its span.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PARTS = 15
# How long a network counts as one that signed in before, after its last sign-in.
KNOWN = timedelta(days=90)
# The part of an IPv6 address that one customer of a network has (RFC 6177, OWASP).
_IPV6_PREFIX = 64


def network(address: str) -> str:
    """The network of an address: an IPv4 address itself, or the /64 of an IPv6 address; `unknown` for other texts."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), _IPV6_PREFIX), strict=False))


@dataclass(frozen=True, slots=True)
class Tally:
    """Counted attempts: `counts` by the number of the part, and when this account signed in from this network."""

    counts: Mapping[int, int] = field(default_factory=dict)
    signed_in: int | None = None

    def is_known(self, now: datetime) -> bool:
        """Returns whether the account has signed in from this network within the last 90 days."""
        return self.signed_in is not None and now.timestamp() < self.signed_in + KNOWN.total_seconds()


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` attempts in any span of `seconds`; a `limit` of 0 allows all. Callers see `name`."""

    name: str
    limit: int
    seconds: int

    def part(self, now: datetime) -> int:
        return int(now.timestamp()) // self._part_seconds

    def first(self, now: datetime) -> int:
        """The oldest part that reaches into the span before `now`."""
        return self.part(now) - PARTS

    def expires(self, now: datetime) -> int:
        """When (Unix seconds) a count that was made now does not matter any more."""
        return (self.part(now) + PARTS + 1) * self._part_seconds

    def attempts(self, tally: Tally, now: datetime) -> int:
        """The attempts in the span before `now`."""
        return sum(count for part, count in tally.counts.items() if part >= self.first(now))

    def wait(self, tally: Tally, now: datetime) -> int:
        """Seconds until the next attempt is allowed; 0 if it is allowed now."""
        left = self.attempts(tally, now)
        if not self.limit or left < self.limit:
            return 0
        for part in sorted(part for part in tally.counts if part >= self.first(now)):
            left -= tally.counts[part]
            if left < self.limit:
                return max(1, (part + PARTS + 1) * self._part_seconds - int(now.timestamp()))
        raise AssertionError("a span without attempts is below its limit")

    @property
    def _part_seconds(self) -> int:
        return self.seconds // PARTS
