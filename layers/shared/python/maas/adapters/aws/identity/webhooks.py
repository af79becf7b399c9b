"""Webhooks in the identity table, counted in the organization's item."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from maas.adapters.aws.identity.conditions import unchanged
from maas.adapters.aws.identity.events import MAAS
from maas.adapters.aws.identity.quotas import counted
from maas.adapters.aws.identity.table import IdentityTable, Refused, Write
from maas.domain.clock import now
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.identity.races import Outdated
from maas.domain.quotas import Quota, Usage, exceeded
from maas.domain.webhooks.events import webhook_event
from maas.domain.webhooks.subscriptions import DisabledReason, Webhook
from maas.platform.request_context import actor
from maas.wire.identity import accounts
from maas.wire.identity import webhooks as items

_EXISTS = "attribute_exists(pk)"
_CHANGEABLE = (
    "url", "events", "description", "sealed", "previous_sealed", "previous_until", "rotation", "disabled",
    "failing_since",
)  # fmt: skip


class DynamoWebhooks:
    """The Webhooks and WebhookStates ports."""

    def __init__(self, table: IdentityTable) -> None:
        self._identity = table

    def add(self, webhook: Webhook, limit: int) -> None:
        full = exceeded(Usage(Quota.WEBHOOKS, limit, limit))
        new = {"Item": items.webhook_item(webhook), "ConditionExpression": "attribute_not_exists(pk)"}
        writes = [counted(webhook.tenant_id, accounts.WEBHOOK_COUNTER, 1, full, limit), Write("Put", new)]
        self._identity.transact(writes, [_event(None, webhook)])

    def webhook(self, tenant_id: str, webhook_id: str) -> Webhook | None:
        item = self._identity.get(items.webhook_key(tenant_id, webhook_id))
        return None if item is None else items.webhook_of(tenant_id, item)

    def all_of(self, tenant_id: str) -> list[Webhook]:
        stored = self._identity.query(items.webhook_key(tenant_id, "")["pk"], begins_with=items.PREFIX)
        return [items.webhook_of(tenant_id, item) for item in stored]

    def change(self, read: Webhook, changed: Webhook) -> None:
        put = {"Item": items.webhook_item(changed), **unchanged(items.webhook_item(read), _CHANGEABLE)}
        self._identity.transact([Write("Put", put, Outdated())], [_event(read, changed)])

    def remove(self, webhook: Webhook) -> bool:
        gone = Refused()
        key = items.webhook_key(webhook.tenant_id, webhook.id)
        delete = Write("Delete", {"Key": key, "ConditionExpression": _EXISTS}, gone)
        writes = [delete, counted(webhook.tenant_id, accounts.WEBHOOK_COUNTER, -1, gone)]
        return self._identity.commits(writes, [_event(webhook, None)])

    def note_failing(self, webhook: Webhook, since: datetime | None) -> None:
        values = {":since": since.isoformat()} if since else {}
        change = "SET failing_since = :since" if since else "REMOVE failing_since"
        condition = f"{_EXISTS} AND attribute_not_exists(failing_since)" if since else _EXISTS
        self._identity.commits([_update(webhook, change, condition, values)], [])

    def disable(self, webhook: Webhook, reason: DisabledReason, failing_since: datetime | None) -> bool:
        condition = f"{_EXISTS} AND attribute_not_exists(disabled) AND failing_since = :since"
        values = {":reason": str(reason), ":since": failing_since.isoformat() if failing_since else ""}
        event = _event(webhook, replace(webhook, disabled=reason))
        return self._identity.commits([_update(webhook, "SET disabled = :reason", condition, values)], [event])


def _event(before: Webhook | None, after: Webhook | None) -> IdentityEvent:
    record = after or before
    assert record is not None  # a change has a record
    return webhook_event(before, after, actor(record.tenant_id, MAAS), now())


def _update(webhook: Webhook, change: str, condition: str, values: dict[str, str]) -> Write:
    update: dict[str, Any] = {
        "Key": items.webhook_key(webhook.tenant_id, webhook.id),
        "UpdateExpression": change,
        "ConditionExpression": condition,
        **({"ExpressionAttributeValues": values} if values else {}),
    }
    return Write("Update", update)
