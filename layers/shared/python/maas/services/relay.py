"""From the outbox to the bus: at least once, and for each model in the order of its commits."""

from collections.abc import Iterable, Iterator, Sequence

from maas.domain.errors import Unavailable
from maas.domain.events import OutgoingEvent
from maas.platform.observability import logger
from maas.services.ports.messaging import EventBus


class RelayService:
    """Keeps no state: how far it has come is known by the stream's reader alone."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus

    def deliver(self, events: Iterable[OutgoingEvent]) -> str | None:
        """Stops at the first failure, so that nothing overtakes it.

        Returns:
            The position to begin at the next time; None when everything has arrived.
        """
        for batch in self._batches(events):
            failed = self._failed(batch)
            if failed is not None:
                return failed.position
        return None

    def _batches(self, events: Iterable[OutgoingEvent]) -> Iterator[list[OutgoingEvent]]:
        """Never two events of one model in a call: the bus may refuse the first of them and take the second."""
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

    def _failed(self, batch: Sequence[OutgoingEvent]) -> OutgoingEvent | None:
        try:
            reasons = self._bus.put(batch)
        except Unavailable as error:
            reasons = [str(error)] * len(batch)
        for event, reason in zip(batch, reasons, strict=True):
            if reason:
                logger.error("an event is late", reason=reason, type=event.type, model_id=event.model_id)
                return event
        return None
