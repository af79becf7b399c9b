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


def test_a_url_has_its_host_alone_in_events() -> None:
    hook = replace(HOOK, url="https://chat.example.com/services/HIDDEN?token=HIDDEN")
    event = webhook_event(HOOK, hook, Actor("ada"), NOW)
    assert event.changed == ("url",)
    assert event.before == {"url": "https://x.io/", "events": [], "description": "", "disabled": None}
    assert event.after == {"url": "https://chat.example.com/...", "events": [], "description": "", "disabled": None}
    assert replace(HOOK, url="http://127.0.0.1:80/?t=HIDDEN").shown_url == "http://127.0.0.1:80/..."
