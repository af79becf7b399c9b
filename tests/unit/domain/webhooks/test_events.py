"""Events of webhooks themselves: their types, and that no secret is in them."""

from dataclasses import asdict, replace
from datetime import UTC, datetime

from maas.domain.identity.actors import Actor
from maas.domain.webhooks.events import WebhookEventType, webhook_event
from maas.domain.webhooks.subscriptions import DisabledReason, Webhook

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOOK = Webhook(id="w", tenant_id="acme", url="https://x.io/", sealed=b"HIDDEN", created_by="ada", created_at=NOW)


def test_each_change_has_its_type_and_names_its_fields() -> None:
    changes = {
        WebhookEventType.CREATED: (None, HOOK, ()),
        WebhookEventType.UPDATED: (HOOK, replace(HOOK, url="https://y.io/"), ("url",)),
        WebhookEventType.SECRET_ROTATED: (HOOK, HOOK.rotated(b"HIDDEN2", NOW), ("secret",)),
        WebhookEventType.DISABLED: (HOOK, replace(HOOK, disabled=DisabledReason.GONE), ("disabled",)),
        WebhookEventType.DELETED: (HOOK, None, ()),
    }
    for kind, (before, after, changed) in changes.items():
        event = webhook_event(before, after, Actor("ada"), NOW)
        assert (event.type, event.object, event.tenant_id, event.changed) == (kind, "webhook/w", "acme", changed)
        assert "HIDDEN" not in str(asdict(event))
