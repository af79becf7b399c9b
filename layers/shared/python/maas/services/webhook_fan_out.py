"""One event of the bus becomes one delivery for each webhook of its organization that takes it."""

from collections.abc import Callable
from datetime import datetime

from maas.domain.clock import now as wall_clock
from maas.domain.webhooks.deliveries import BusEvent, Delivery, new_delivery
from maas.services.ports.webhooks import Deliveries, DeliveryQueue, WebhookStates


class FanOut:
    """Idempotent: an event that arrives twice makes no second delivery."""

    def __init__(
        self,
        webhooks: WebhookStates,
        deliveries: Deliveries,
        queue: DeliveryQueue,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._queue = queue
        self._clock = clock

    def spread(self, event: BusEvent) -> None:
        """Raises Unavailable: the event must come again."""
        if not event.tenant_id:
            return
        for webhook in self._webhooks.all_of(event.tenant_id):
            if not webhook.takes(event.type):
                continue
            delivery = new_delivery(webhook.id, event, self._clock())
            unsent = delivery if self._deliveries.add(delivery) else self._unsent(webhook.id, event.id)
            if unsent:
                self._queue.send(unsent)

    def _unsent(self, webhook_id: str, delivery_id: str) -> Delivery | None:
        """The delivery of an earlier call that may have ended between the record and the message."""
        found = self._deliveries.delivery(webhook_id, delivery_id)
        return found if found and found.next_at is not None and not found.attempt_count else None
