"""Delivers events from the outbox: to the bus, and to the remover of files where they take the use from one.

Both happen at least once, and in commit order for each model.
"""

from collections.abc import Iterable, Iterator, Sequence

from maas.domain.errors import Unavailable
from maas.domain.events import OutgoingEvent
from maas.platform.observability import logger
from maas.services.ports.messaging import EventBus, RemovalQueue


class RelayService:
    """Stateless: the stream's reader keeps the position.

    An event is delivered if the bus has it and the removal that it asks for is queued.
    """

    def __init__(self, bus: EventBus, removals: RemovalQueue) -> None:
        self._bus = bus
        self._removals = removals

    def deliver(self, events: Iterable[OutgoingEvent]) -> str | None:
        """Delivers events in order and stops at the first failure, so that no later event overtakes it.

        Returns:
            The position of the failed event, to start from next time; None if all events were delivered.
        """
        for batch in self._batches(events):
            failed = self._first_failure(batch)
            if failed is not None:
                return failed.position
        return None

    def _batches(self, events: Iterable[OutgoingEvent]) -> Iterator[list[OutgoingEvent]]:
        """Groups events so that no batch has two of one line: the bus may reject the first and accept the second."""
        batch: list[OutgoingEvent] = []
        for event in events:
            if batch and not self._has_room(batch, event):
                yield batch
                batch = []
            batch.append(event)
        if batch:
            yield batch

    def _has_room(self, batch: Sequence[OutgoingEvent], event: OutgoingEvent) -> bool:
        return (
            len(batch) < self._bus.batch_max
            and sum(map(self._bus.size, (*batch, event))) <= self._bus.size_max
            and all(other.line != event.line for other in batch)
        )

    def _first_failure(self, batch: Sequence[OutgoingEvent]) -> OutgoingEvent | None:
        try:
            reasons = self._bus.put(batch)
        except Unavailable as error:
            reasons = [str(error)] * len(batch)
        for event, reason in zip(batch, reasons, strict=True):
            if reason := reason or self._failed_removal(event):
                logger.error("an event is late", reason=reason, type=event.type, line=event.line)
                return event
        return None

    def _failed_removal(self, event: OutgoingEvent) -> str:
        """Queues the removal that the event asks for. Returns the reason if it fails."""
        if event.removal is None:
            return ""
        try:
            self._removals.send(event.removal)
        except Unavailable as error:
            return error.message
        return ""
