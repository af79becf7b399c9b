"""Deliveries of webhooks as items of the table of deliveries.

- `WEBHOOK#<webhook>`, `DELIVERY#<event>`: the delivery with its attempts (JSON). While it waits: next_at. During an
  attempt: owner_id, owned_until.
- `WEBHOOK#<webhook>`, `PLACE#<number>`: owner_id and owned_until, of one request to the receiver
- `WEBHOOK#<webhook>`, `REST`: rests_until and silences (see maas.domain.webhooks.retries), deliveries (a count)

Times are ISO 8601 in UTC with microseconds, so that they sort as texts. `expires` is the table's TTL.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from maas.domain.webhooks.deliveries import KEPT_FOR, Attempt, Delivery, DeliveryState

PREFIX = "DELIVERY#"


def partition(webhook_id: str) -> str:
    return f"WEBHOOK#{webhook_id}"


def delivery_key(webhook_id: str, delivery_id: str) -> dict[str, str]:
    return {"pk": partition(webhook_id), "sk": f"{PREFIX}{delivery_id}"}


def place_key(webhook_id: str, place: int) -> dict[str, str]:
    return {"pk": partition(webhook_id), "sk": f"PLACE#{place}"}


def rest_key(webhook_id: str) -> dict[str, str]:
    return {"pk": partition(webhook_id), "sk": "REST"}


def moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def expiry(now: datetime) -> int:
    """The end of an item that is written now, in Unix seconds."""
    return int((now + KEPT_FOR).timestamp())


def delivery_item(delivery: Delivery) -> dict[str, Any]:
    return {
        **delivery_key(delivery.webhook_id, delivery.id),
        "tenant_id": delivery.tenant_id,
        "event_type": delivery.type,
        "body": delivery.body,
        "created_at": moment(delivery.created_at),
        "begun_at": moment(delivery.begun_at),
        "delivery_state": str(delivery.state),
        **({"next_at": moment(delivery.next_at)} if delivery.next_at else {}),
        "attempt_count": delivery.attempt_count,
        "attempts": attempts_text(delivery),
        "expires": expiry(delivery.begun_at),
    }


def attempts_text(delivery: Delivery) -> str:
    return json.dumps([asdict(each) for each in delivery.attempts], default=moment, separators=(",", ":"))


def delivery_of(item: Mapping[str, Any]) -> Delivery:
    return Delivery(
        id=item["sk"].removeprefix(PREFIX),
        webhook_id=item["pk"].partition("#")[2],
        tenant_id=item["tenant_id"],
        type=item["event_type"],
        body=item["body"],
        created_at=datetime.fromisoformat(item["created_at"]),
        begun_at=datetime.fromisoformat(item["begun_at"]),
        state=DeliveryState(item["delivery_state"]),
        next_at=datetime.fromisoformat(item["next_at"]) if "next_at" in item else None,
        attempt_count=int(item["attempt_count"]),
        attempts=tuple(_attempt(each) for each in json.loads(item["attempts"])),
    )


def _attempt(values: dict[str, Any]) -> Attempt:
    return Attempt(**values | {"at": datetime.fromisoformat(values["at"])})
