"""Webhooks and their deliveries: storage and queue. Every method may raise Unavailable."""

from datetime import datetime, timedelta
from typing import Protocol

from maas.domain.webhooks.deliveries import Delivery
from maas.domain.webhooks.retries import Rest
from maas.domain.webhooks.subscriptions import DisabledReason, Webhook


class Webhooks(Protocol):
    """The webhooks of organizations. Reads are strongly consistent."""

    def add(self, webhook: Webhook, limit: int) -> None:
        """Raises QuotaExceeded if the organization has `limit` webhooks."""
        ...

    def webhook(self, tenant_id: str, webhook_id: str) -> Webhook | None: ...

    def all_of(self, tenant_id: str) -> list[Webhook]:
        """All webhooks of the organization, oldest first; they are few."""
        ...

    def change(self, read: Webhook, changed: Webhook) -> None:
        """Stores terms, secrets and state. Raises Outdated if one of them is not as it was read."""
        ...

    def remove(self, webhook: Webhook) -> bool:
        """Returns False if it does not exist any more."""
        ...


class WebhookStates(Protocol):
    """The part of a webhook that the dispatcher changes. Reads are strongly consistent."""

    def webhook(self, tenant_id: str, webhook_id: str) -> Webhook | None: ...

    def all_of(self, tenant_id: str) -> list[Webhook]: ...

    def note_failing(self, webhook: Webhook, since: datetime | None) -> None:
        """Stores the time of the first failure, or None after a success. A deleted webhook stays deleted."""
        ...

    def disable(self, webhook: Webhook, reason: DisabledReason, failing_since: datetime | None) -> bool:
        """Disables it, unless its failures have been forgotten meanwhile. Returns whether this call has done so."""
        ...


class Deliveries(Protocol):
    """The history of deliveries, which is also their state. Reads are strongly consistent."""

    def add(self, delivery: Delivery) -> bool:
        """Stores a delivery with a new id. Returns False if it exists already. Removes the oldest of too many."""
        ...

    def delivery(self, webhook_id: str, delivery_id: str) -> Delivery | None: ...

    def page(self, webhook_id: str, *, limit: int, after: str) -> list[Delivery]:
        """At most `limit` deliveries before the id `after` (by default all), newest events first."""
        ...

    def restart(self, delivery: Delivery, now: datetime) -> bool:
        """Makes a delivery pending from now on, with its attempts so far. Returns False if it is gone."""
        ...

    def claim(self, delivery: Delivery, owner: str, now: datetime, lease: timedelta) -> bool:
        """Takes a pending delivery as it was read, for one attempt. Returns False if another owner has it."""
        ...

    def record(self, after: Delivery, owner: str) -> bool:
        """Stores the outcome and ends the claim. Returns False if the claim was lost or the delivery restarted."""
        ...


class ReceiverPlaces(Protocol):
    """The number of requests that a receiver has at once, and the time for which it is left alone."""

    def rest(self, webhook_id: str) -> Rest: ...

    def take(self, webhook_id: str, owner: str, now: datetime, lease: timedelta) -> int | None:
        """Takes one of its places; None if all are taken."""
        ...

    def leave(self, webhook_id: str, place: int, owner: str) -> None:
        """Leaves the place, unless somebody else has it."""
        ...

    def pause(self, webhook_id: str, until: datetime) -> None:
        """Leaves the receiver alone until then, if that is later than before."""
        ...

    def note_silence(self, webhook_id: str) -> int:
        """Counts a request without an answer. Returns how many there are in a row."""
        ...

    def note_answer(self, webhook_id: str) -> None:
        """Ends the row of requests without an answer."""
        ...


class DeliveryQueue(Protocol):
    """Deliveries that wait for an attempt."""

    def send(self, delivery: Delivery, delay: int = 0) -> None:
        """Sends one message for a run of the delivery.

        It arrives at least once, and not before `delay` seconds (at most DELAY_MAX) have passed.
        """
        ...
