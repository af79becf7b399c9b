"""Counts of attempts to sign in or to register. Every method may raise Unavailable."""

from collections.abc import Collection, Sequence
from typing import Protocol

from maas.domain.identity.attempts import Tally


class Attempts(Protocol):
    """Counts by name. Reads are strongly consistent, and changes are atomic. A name is stored as its digest only."""

    def read(self, names: Sequence[str]) -> list[Tally]:
        """The counts of each name, in one call; an empty one for a name that was never counted."""
        ...

    def count(self, name: str, part: int, expires: int, dropped: Collection[int] = ()) -> Tally:
        """Adds one attempt to a part, and drops the parts that do not matter any more.

        Returns the counts after it. They may be forgotten from `expires` on (Unix seconds).
        """
        ...

    def remember(self, name: str, now: int, expires: int) -> Tally:
        """Stores a sign-in at `now` (Unix seconds). Returns the counts after it."""
        ...
