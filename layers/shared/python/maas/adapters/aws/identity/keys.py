"""API keys in the identity table: a record, an entry in the organization's list, and a counter in the organization."""

from collections.abc import Mapping
from typing import Any

from maas.adapters.aws.identity.conditions import unchanged
from maas.adapters.aws.identity.events import event
from maas.adapters.aws.identity.quotas import counted
from maas.adapters.aws.identity.table import IdentityTable, Refused, Write
from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.races import Outdated
from maas.domain.quotas import Quota, Usage, exceeded
from maas.wire.identity import keys as items

_EXISTS = "attribute_exists(pk)"
# What a change may set. Everything else is set by a rotation, or by the use of a key.
_CHANGEABLE = ("name", "scopes", "models", "networks", "expires_at")
_ROTATED = ("digest", "previous_digest", "previous_until", "rotations")


class DynamoApiKeys:
    """The ApiKeys port."""

    def __init__(self, table: IdentityTable) -> None:
        self._identity = table

    def add(self, key: ApiKey, limit: int) -> None:
        full = exceeded(Usage(Quota.API_KEYS, limit, limit))
        self._identity.transact(
            [
                counted(key.tenant_id, items.KEY_COUNTER, 1, full, limit),
                Write("Put", {"Item": items.key_item(key), "ConditionExpression": "attribute_not_exists(pk)"}),
                Write("Put", {"Item": items.entry_item(key)}),
            ],
            [event(None, key, otherwise=key.created_by)],
        )

    def key(self, key_id: str) -> ApiKey | None:
        item = self._identity.get(items.key_key(key_id))
        return None if item is None else items.key_of(key_id, item)

    def listed(self, tenant_id: str, user_id: str, *, limit: int, after: str) -> list[ApiKey]:
        stored = self._identity.query(f"TENANT#{tenant_id}", begins_with="KEY#")
        entries = [items.entry_of(item) for item in stored]
        mine = [entry for entry in entries if user_id in ("", entry.user_id)]
        mine.sort(key=lambda entry: entry.position, reverse=True)
        ids = [entry.key_id for entry in mine if not after or entry.position < after][:limit]
        found = {item["pk"]: item for item in self._identity.get_many([items.key_key(key_id) for key_id in ids])}
        keyed = ((key_id, found.get(items.key_key(key_id)["pk"])) for key_id in ids)
        return [items.key_of(key_id, item) for key_id, item in keyed if item]

    def change(self, read: ApiKey, changed: ApiKey) -> None:
        after, was = items.key_item(changed), unchanged(items.key_item(read), _CHANGEABLE)
        condition, values = was["ConditionExpression"], was["ExpressionAttributeValues"]
        update = _update(read.id, {name: after.get(name) for name in _CHANGEABLE}, condition, values)
        self._identity.transact([Write("Update", update, Outdated())], [event(read, changed)])

    def rotate(self, read: ApiKey, rotated: ApiKey) -> bool:
        after = items.key_item(rotated)
        values = {name: after.get(name) for name in _ROTATED}
        update = _update(read.id, values, "digest = :before", {":before": read.digest})
        return self._identity.commits([Write("Update", update)], [event(read, rotated)]) or (
            # Ours if botocore repeated our own write, because its first answer was lost.
            (stored := self.key(read.id)) is not None and stored.digest == rotated.digest
        )

    def remove(self, key: ApiKey) -> bool:
        gone = Refused()
        writes = [
            Write("Delete", {"Key": items.key_key(key.id), "ConditionExpression": _EXISTS}, gone),
            Write("Delete", {"Key": items.entry_key(key.tenant_id, key.id)}),
            counted(key.tenant_id, items.KEY_COUNTER, -1, gone),
        ]
        return self._identity.commits(writes, [event(key, None)])


def _update(key_id: str, values: Mapping[str, Any], condition: str, more: Mapping[str, Any]) -> Mapping[str, Any]:
    """The update that sets or, for None, removes attributes of a record if the condition is met."""
    given = {f":{name}": value for name, value in values.items() if value is not None}
    sets = ", ".join(f"#{name} = :{name}" for name in values if values[name] is not None)
    removes = ", ".join(f"#{name}" for name in values if values[name] is None)
    return {
        "Key": items.key_key(key_id),
        "UpdateExpression": f"SET {sets}" + (f" REMOVE {removes}" if removes else ""),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
        "ExpressionAttributeValues": given | dict(more),
    }
