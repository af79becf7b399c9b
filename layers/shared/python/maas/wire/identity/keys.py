"""API keys as items of the identity table: a record, and an entry in the list of the organization.

- `KEY#<id>`, `KEY`: the record
- `TENANT#<tenant>`, `KEY#<id>`: user_id, created_at

An expired key stays until somebody deletes it, so `expires_at` is not the table's TTL.
"""

from datetime import datetime
from typing import Any

from maas.domain.identity.api_keys import NOTED_EVERY, ApiKey, KeyEntry
from maas.wire.identity.accounts import Item, moment_in, scopes_in

_THERE = "attribute_exists(pk)"
_UNNOTED = f"{_THERE} AND (attribute_not_exists(last_used_at) OR last_used_at <= :before)"
# The attribute of the organization's item that counts its keys.
KEY_COUNTER = "key_count"


def key_key(key_id: str) -> dict[str, str]:
    return {"pk": f"KEY#{key_id}", "sk": "KEY"}


def entry_key(tenant_id: str, key_id: str) -> dict[str, str]:
    return {"pk": f"TENANT#{tenant_id}", "sk": f"KEY#{key_id}"}


def entry_item(key: ApiKey) -> dict[str, str]:
    return {**entry_key(key.tenant_id, key.id), "user_id": key.user_id, "created_at": key.created_at.isoformat()}


def entry_of(item: Item) -> KeyEntry:
    return KeyEntry(item["sk"].removeprefix("KEY#"), item["user_id"], datetime.fromisoformat(item["created_at"]))


def key_item(key: ApiKey) -> dict[str, Any]:
    """The item of a key. Absent values are left out."""
    values = {
        **key_key(key.id),
        "tenant_id": key.tenant_id,
        "user_id": key.user_id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "digest": key.digest,
        "created_by": key.created_by,
        "created_at": key.created_at.isoformat(),
        "expires_at": _text(key.expires_at),
        "models": None if key.models is None else dict(key.models),
        "networks": list(key.networks) or None,
        "previous_digest": key.previous_digest or None,
        "previous_until": _text(key.previous_until),
        "last_used_at": _text(key.last_used_at),
        "last_used_from": key.last_used_from or None,
        "rotations": list(key.rotations) or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def key_of(key_id: str, item: Item) -> ApiKey:
    return ApiKey(
        id=key_id,
        tenant_id=item["tenant_id"],
        user_id=item["user_id"],
        name=item["name"],
        scopes=scopes_in(item),
        digest=item["digest"],
        created_by=item["created_by"],
        created_at=datetime.fromisoformat(item["created_at"]),
        expires_at=moment_in(item, "expires_at"),
        models=item.get("models"),
        networks=tuple(item.get("networks", ())),
        previous_digest=item.get("previous_digest", ""),
        previous_until=moment_in(item, "previous_until"),
        last_used_at=moment_in(item, "last_used_at"),
        last_used_from=item.get("last_used_from", ""),
        rotations=tuple(item.get("rotations", ())),
    )


def use_at(now: datetime, address: str, seen: str | None = None) -> dict[str, Any]:
    """The update of a record that notes a use, with its values as plain texts, unless one was noted just before.

    With `seen` it is noted anyway, if the last use still is the one from there (empty: if there was none).
    """
    noted = {":now": now.isoformat(), ":address": address}
    if seen is None:
        condition, values = _UNNOTED, {":before": (now - NOTED_EVERY).isoformat()}
    elif seen:
        condition, values = f"{_THERE} AND last_used_from = :seen", {":seen": seen}
    else:
        condition, values = f"{_THERE} AND attribute_not_exists(last_used_from)", {}
    return {
        "UpdateExpression": "SET last_used_at = :now, last_used_from = :address",
        "ConditionExpression": condition,
        "ExpressionAttributeValues": {**noted, **values},
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
