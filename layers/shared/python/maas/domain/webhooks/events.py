"""The events of webhooks themselves, on the bus as those of other records of the identity table.

They have no secret, and of a URL neither path nor query: the audit log keeps them, and nobody can take one out.
"""

from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from maas.domain.identity.actors import Actor
from maas.domain.identity.identity_event import IdentityEvent, event_about
from maas.domain.webhooks.subscriptions import Webhook


class WebhookEventType(StrEnum):
    """The `detail-type` on the bus."""

    CREATED = "WebhookCreated"
    UPDATED = "WebhookUpdated"
    SECRET_ROTATED = "WebhookSecretRotated"  # noqa: S105 - the name of a type
    DISABLED = "WebhookDisabled"
    DELETED = "WebhookDeleted"


_SECRETS = frozenset({"sealed", "previous_sealed", "previous_until", "rotation"})


def webhook_event(before: Webhook | None, after: Webhook | None, by: Actor, at: datetime) -> IdentityEvent:
    """The event of a webhook that is made, changed or deleted. It has no secret."""
    record = after or before
    assert record is not None  # a change has a record
    changed = _changed(before, after) if before and after else ()
    return event_about(
        _type(before, after, changed),
        record.tenant_id,
        f"webhook/{record.id}",
        by,
        at,
        changed=changed,
        before=_summary(before) if before else None,
        after=_summary(after) if after else None,
    )


def _type(before: Webhook | None, after: Webhook | None, changed: tuple[str, ...]) -> WebhookEventType:
    if before is None:
        return WebhookEventType.CREATED
    if after is None:
        return WebhookEventType.DELETED
    if after.disabled and not before.disabled:
        return WebhookEventType.DISABLED
    return WebhookEventType.SECRET_ROTATED if changed == ("secret",) else WebhookEventType.UPDATED


def _changed(before: Webhook, after: Webhook) -> tuple[str, ...]:
    names = (each.name for each in fields(before) if getattr(before, each.name) != getattr(after, each.name))
    return tuple(dict.fromkeys("secret" if name in _SECRETS else name for name in names))


def _summary(webhook: Webhook) -> dict[str, Any]:
    return {
        "url": webhook.shown_url,
        "events": list(webhook.events),
        "description": webhook.description,
        "disabled": webhook.disabled,
    }
