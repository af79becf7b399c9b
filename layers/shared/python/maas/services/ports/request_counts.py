"""Counts of requests that all processes share."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class RequestCounts(Protocol):
    """Never raises, and never takes longer than a fraction of a second."""

    def add(self, amounts: Mapping[str, int]) -> Sequence[int] | None:
        """Adds to the counts of names and returns the sums, in their order; None if the store does not answer.

        A count is forgotten some time after its first amount, so a name has its minute or hour in it.
        """
        ...
