"""Messages to other parts of the system."""

from collections.abc import Sequence
from typing import Protocol

from maas.domain.collections import Collection
from maas.domain.events import OutgoingEvent
from maas.domain.removals import Removal

# The longest delay of a message in SQS, in seconds.
DELAY_MAX = 900


class ValidationQueue(Protocol):
    """Finished uploads that wait for validation."""

    def send(self, upload_id: str, tenant_id: str, delay: int = 0) -> None:
        """Sends one message, which is delivered at least once.

        It comes not before `delay` seconds (at most DELAY_MAX) have passed.

        Raises Unavailable.
        """
        ...


class RemovalQueue(Protocol):
    """Removals that wait for their time."""

    def send(self, removal: Removal, delay: int = 0) -> None:
        """Sends one message, which is delivered at least once.

        It comes not before `delay` seconds (at most DELAY_MAX) have passed.

        Raises Unavailable.
        """
        ...


class CollectionQueue(Protocol):
    """Steps of collections. They wait in the queue of removals."""

    def continue_collection(self, collection: Collection, delay: int = 0) -> None:
        """Sends the message for the next step; it is delivered at least once, and not before `delay` seconds.

        Raises Unavailable.
        """
        ...


class AuditQueue(Protocol):
    """Events that wait to be recorded."""

    def send(self, body: str, delay: int) -> None:
        """Sends one message again; it is delivered at least once, not before `delay` seconds. Raises Unavailable."""
        ...


class EventBus(Protocol):
    """Takes at most `batch_max` events and `size_max` bytes in one call."""

    batch_max: int
    size_max: int

    def size(self, event: OutgoingEvent) -> int:
        """The size of the event in bytes, as the bus counts it."""
        ...

    def put(self, events: Sequence[OutgoingEvent]) -> list[str]:
        """Sends the events and returns, for each of them, the reason of its rejection or "". Raises Unavailable."""
        ...
