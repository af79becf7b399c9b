"""Leases of calls that run at once, over all processes."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.inference.concurrency import Answer, Slots


class CallLeases(Protocol):
    """Slots that are held by calls. A call that waits asks again and again; one that stops asking is forgotten.

    An organization that holds its share of a model's slots, or more, gets no further one while others wait.
    """

    def take(self, call: str, tenant_id: str, slots: Sequence[Slots], seconds: float) -> Answer:
        """Takes one of each for `call`, for at most `seconds`, or none at all."""
        ...

    def give_back(self, call: str, tenant_id: str, slots: Sequence[Slots]) -> None:
        """Gives back what a call holds, and its place in the queue."""
        ...
