"""Use cases of webhooks: making, listing, changing, rotating and deleting them; their history and redelivery."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from maas.domain.clock import now as wall_clock
from maas.domain.errors import NotFound, WrongState
from maas.domain.identity.lists import list_of
from maas.domain.identity.principals import Principal, Scope
from maas.domain.identity.races import settled
from maas.domain.ids import known_id, new_id
from maas.domain.pages import Page
from maas.domain.webhooks.deliveries import TEST, BusEvent, Delivery, new_delivery
from maas.domain.webhooks.signatures import WebhookSecret
from maas.domain.webhooks.subscriptions import WEBHOOKS_MAX, Webhook
from maas.domain.webhooks.terms import WebhookTerms, grace
from maas.platform.request_context import effect_id
from maas.services.pages import one_more, page_of
from maas.services.ports.cursors import Cursors
from maas.services.ports.idempotency import Sealer
from maas.services.ports.webhooks import Deliveries, DeliveryQueue, Webhooks
from maas.services.webhook_secrets import sealed


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A webhook, and its secret, which is shown this once."""

    webhook: Webhook
    secret: WebhookSecret


class WebhookService:
    """Every method raises PermissionDenied unless the caller may manage webhooks, and NotFound for an unknown one.

    `loopback` allows URLs of this machine.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        deliveries: Deliveries,
        queue: DeliveryQueue,
        sealer: Sealer,
        cursors: Cursors,
        *,
        loopback: bool = False,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._queue = queue
        self._sealer = sealer
        self._cursors = cursors
        self._loopback = loopback
        self._clock = clock

    def create(self, by: Principal, terms: WebhookTerms) -> NewSecret:
        """Makes a webhook. Raises InvalidInput, QuotaExceeded.

        A request with a key that is repeated after a crash finds the one that it has made, and gives it a new secret:
        nobody has seen the first one.
        """
        by.require_in_tenant(Scope.WEBHOOKS_ADMIN)
        now, secret = self._clock(), WebhookSecret.fresh()
        webhook_id = effect_id() or new_id(now)
        text = sealed(self._sealer, webhook_id, secret)
        if effect_id() and self._webhooks.webhook(by.tenant_id, webhook_id):
            return NewSecret(self._changed(by, webhook_id, lambda read: replace(read, sealed=text)), secret)
        blank = Webhook(
            id=webhook_id, tenant_id=by.tenant_id, url="", sealed=text, created_by=by.subject, created_at=now
        )
        webhook = terms.applied(blank, loopback=self._loopback)
        self._webhooks.add(webhook, WEBHOOKS_MAX)
        return NewSecret(webhook, secret)

    def page(self, by: Principal, *, limit: int, cursor: str) -> Page[Webhook]:
        """A page of the webhooks of the caller's organization, oldest first."""
        by.require_in_tenant(Scope.WEBHOOKS_ADMIN)

        def read(*, limit: int, after: str) -> list[Webhook]:
            return [each for each in self._webhooks.all_of(by.tenant_id) if each.id > after][:limit]

        found = one_more(read, lambda webhook: webhook.id)
        return page_of(self._cursors, list_of(by, "webhooks"), found, limit=limit, cursor=cursor)

    def get(self, by: Principal, webhook_id: str) -> Webhook:
        by.require_in_tenant(Scope.WEBHOOKS_ADMIN)
        webhook = self._webhooks.webhook(by.tenant_id, known_id("webhook_id", "webhook", webhook_id))
        if webhook is None:
            raise _unknown(webhook_id)
        return webhook

    def change(self, by: Principal, webhook_id: str, terms: WebhookTerms) -> Webhook:
        """Changes what `terms` sets. Raises InvalidInput."""
        return self._changed(by, webhook_id, lambda read: terms.applied(read, loopback=self._loopback))

    def rotate(self, by: Principal, webhook_id: str, grace_seconds: int) -> NewSecret:
        """Gives a webhook a new secret. The one before signs too for `grace_seconds` more. Raises InvalidInput."""
        until, secret = self._clock() + grace(grace_seconds), WebhookSecret.fresh()
        text = sealed(self._sealer, self.get(by, webhook_id).id, secret)
        return NewSecret(self._changed(by, webhook_id, lambda read: read.rotated(text, until, effect_id())), secret)

    def remove(self, by: Principal, webhook_id: str) -> None:
        """Deletes a webhook, which gets nothing more."""
        if not self._webhooks.remove(self.get(by, webhook_id)):
            raise _unknown(webhook_id)

    def deliveries(self, by: Principal, webhook_id: str, *, limit: int, cursor: str) -> Page[Delivery]:
        """A page of the history of a webhook, newest events first."""
        webhook = self.get(by, webhook_id)
        read = one_more(partial(self._deliveries.page, webhook.id), lambda delivery: delivery.id)
        return page_of(self._cursors, list_of(by, "deliveries", webhook.id), read, limit=limit, cursor=cursor)

    def redeliver(self, by: Principal, webhook_id: str, delivery_id: str) -> Delivery:
        """Begins a delivery anew, with the same id and body. Raises WrongState if the webhook is disabled."""
        webhook = self._enabled(by, webhook_id)
        known = known_id("delivery_id", "delivery", delivery_id)
        found, now = self._deliveries.delivery(webhook.id, known), self._clock()
        if found is None or not self._deliveries.restart(found, now):
            raise NotFound.of("delivery_id", "delivery", delivery_id)
        restarted = found.restarted(now)
        self._queue.send(restarted)
        return self._deliveries.delivery(webhook.id, known) or restarted

    def test(self, by: Principal, webhook_id: str) -> Delivery:
        """Sends an event of the type Test to this webhook alone. Raises WrongState if it is disabled."""
        webhook, now = self._enabled(by, webhook_id), self._clock()
        event_id, time = effect_id() or new_id(now), now.isoformat()
        detail = {"id": event_id, "type": TEST, "time": time, "tenant_id": by.tenant_id, "webhook_id": webhook.id}
        event = BusEvent(
            id=event_id, type=TEST, time=time, tenant_id=by.tenant_id, data=json.dumps(detail, separators=(",", ":"))
        )
        delivery = new_delivery(webhook.id, event, now)
        if not self._deliveries.add(delivery):  # a repeated request
            delivery = self._deliveries.delivery(webhook.id, event_id) or delivery
        self._queue.send(delivery)
        return delivery

    def _changed(self, by: Principal, webhook_id: str, change: Callable[[Webhook], Webhook]) -> Webhook:
        def attempt() -> Webhook:
            before = self.get(by, webhook_id)
            after = change(before)
            if after != before:
                self._webhooks.change(before, after)
            return after

        return settled(attempt)

    def _enabled(self, by: Principal, webhook_id: str) -> Webhook:
        webhook = self.get(by, webhook_id)
        if webhook.disabled:
            raise WrongState.of("enabled", f"the webhook is disabled ({webhook.disabled.meaning}); enable it first")
        return webhook


def _unknown(webhook_id: str) -> NotFound:
    return NotFound.of("webhook_id", "webhook", webhook_id)
