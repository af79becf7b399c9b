"""Webhooks as items of the identity table: `TENANT#<tenant>`, `WEBHOOK#<id>`. The secrets are encrypted."""

import base64
from datetime import datetime
from typing import Any

from maas.domain.webhooks.subscriptions import DisabledReason, Webhook
from maas.wire.identity.accounts import Item, moment_in

PREFIX = "WEBHOOK#"


def webhook_key(tenant_id: str, webhook_id: str) -> dict[str, str]:
    return {"pk": f"TENANT#{tenant_id}", "sk": f"{PREFIX}{webhook_id}"}


def webhook_item(webhook: Webhook) -> dict[str, Any]:
    """The item of a webhook. Absent values are left out."""
    values = {
        **webhook_key(webhook.tenant_id, webhook.id),
        "url": webhook.url,
        "events": list(webhook.events),
        "description": webhook.description,
        "sealed": base64.b64encode(webhook.sealed).decode(),
        "previous_sealed": base64.b64encode(webhook.previous_sealed).decode() or None,
        "previous_until": webhook.previous_until.isoformat() if webhook.previous_until else None,
        "rotation": webhook.rotation or None,
        "disabled": str(webhook.disabled) if webhook.disabled else None,
        "failing_since": webhook.failing_since.isoformat() if webhook.failing_since else None,
        "created_by": webhook.created_by,
        "created_at": webhook.created_at.isoformat(),
    }
    return {name: value for name, value in values.items() if value is not None}


def webhook_of(tenant_id: str, item: Item) -> Webhook:
    return Webhook(
        id=item["sk"].removeprefix(PREFIX),
        tenant_id=tenant_id,
        url=item["url"],
        events=tuple(item["events"]),
        description=item["description"],
        sealed=base64.b64decode(item["sealed"]),
        previous_sealed=base64.b64decode(item.get("previous_sealed", "")),
        previous_until=moment_in(item, "previous_until"),
        rotation=item.get("rotation", ""),
        disabled=DisabledReason(item["disabled"]) if "disabled" in item else None,
        failing_since=moment_in(item, "failing_since"),
        created_by=item["created_by"],
        created_at=datetime.fromisoformat(item["created_at"]),
    )
