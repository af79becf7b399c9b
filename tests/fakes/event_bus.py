"""An event bus in memory with EventBridge's limits."""

from collections.abc import Sequence

from maas.domain.errors import Unavailable
from maas.domain.events import OutgoingEvent


class MemoryBus:
    """Implements maas.services.ports.messaging.EventBus.

    `calls` holds the accepted calls. Events whose detail is in `refused` are throttled; a `silent` bus is unavailable.
    """

    batch_max, size_max = 10, 256 * 1024

    def __init__(self) -> None:
        self.calls: list[list[OutgoingEvent]] = []
        self.refused: set[str] = set()
        self.silent = False

    @property
    def arrived(self) -> list[str]:
        """The details of the published events, in the order of arrival."""
        return [event.detail for call in self.calls for event in call if event.detail not in self.refused]

    def size(self, event: OutgoingEvent) -> int:
        return len(event.detail.encode()) + 100

    def put(self, events: Sequence[OutgoingEvent]) -> list[str]:
        if self.silent:
            raise Unavailable("the bus does not answer")
        self.calls.append([*events])
        return ["ThrottlingException" if event.detail in self.refused else "" for event in events]
