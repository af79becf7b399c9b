"""Delivers events from the outbox to the bus: at least once, and in commit order for each model."""

from collections.abc import Iterable, Iterator, Sequence

from maas.domain.errors import Unavailable
from maas.domain.events import OutgoingEvent
from maas.platform.observability import logger
from maas.services.ports.messaging import EventBus


class RelayService:
    """Stateless: the stream's reader keeps the position."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus

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
        """Groups events so that no batch has two of one model: the bus may reject the first and accept the second."""
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
            and all(other.model_id != event.model_id for other in batch)
        )

    def _first_failure(self, batch: Sequence[OutgoingEvent]) -> OutgoingEvent | None:
        try:
            reasons = self._bus.put(batch)
        except Unavailable as error:
            reasons = [str(error)] * len(batch)
        for event, reason in zip(batch, reasons, strict=True):
            if reason:
                logger.error("an event is late", reason=reason, type=event.type, model_id=event.model_id)
                return event
        return None
