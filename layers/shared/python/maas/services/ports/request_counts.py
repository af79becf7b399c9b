"""Counts of requests that all processes share."""

from typing import Protocol


class RequestCounts(Protocol):
    """Never raises, and never takes longer than a fraction of a second."""

    def add(self, name: str, amount: int) -> int | None:
        """Adds to the count of a name and returns the sum; None if the store does not answer.

        A count is forgotten some minutes after its first amount, so a name has its minute in it.
        """
        ...
