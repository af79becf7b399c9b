"""Stores of webhooks in memory, with one delivery of each webhook."""

from dataclasses import dataclass, field

from maas.domain.identity.accounts import User
from maas.domain.ids import new_id
from maas.domain.webhooks.deliveries import BusEvent, new_delivery
from maas.domain.webhooks.signatures import WebhookSecret
from maas.domain.webhooks.subscriptions import WEBHOOKS_MAX, Webhook
from maas.security.sealed_answers import WEBHOOK_SECRETS, AnswerSealer
from maas.services.ports.cursors import Cursors
from maas.services.webhook_secrets import sealed
from maas.services.webhooks import WebhookService
from tests.fakes.webhooks import FakeDeliveries, FakeDeliveryQueue, FakeWebhooks
from tests.support.signing_keys import keys_of

DELIVERY = new_id()


@dataclass
class WebhookStores:
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)
    deliveries: FakeDeliveries = field(default_factory=FakeDeliveries)
    sealer: AnswerSealer = field(default_factory=lambda: AnswerSealer(keys_of("w" * 64), WEBHOOK_SECRETS))

    def add(self, by: User) -> str:
        """Adds a webhook with the delivery DELIVERY, and returns its id."""
        webhook_id, at = new_id(), by.created_at
        text = sealed(self.sealer, webhook_id, WebhookSecret.fresh())
        webhook = Webhook(
            id=webhook_id,
            tenant_id=by.tenant_id,
            url="https://hooks.example.com/",
            sealed=text,
            created_by=by.id,
            created_at=at,
        )
        self.webhooks.add(webhook, WEBHOOKS_MAX)
        event = BusEvent(id=DELIVERY, type="ModelCreated", time=at.isoformat(), tenant_id=by.tenant_id, data="{}")
        self.deliveries.add(new_delivery(webhook_id, event, at))
        return webhook_id

    def service(self, cursors: Cursors) -> WebhookService:
        return WebhookService(self.webhooks, self.deliveries, FakeDeliveryQueue(), self.sealer, cursors)
