"""Deliveries in DynamoDB: each is one item with its attempts, and a claim while one of them runs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Unpack

from maas.adapters.aws.dynamodb_table import DynamoTable, Item, Key, QueryOptions
from maas.domain.webhooks.deliveries import KEPT_MAX, Delivery, DeliveryState
from maas.wire import deliveries as items

# Deliveries after which those of a webhook are counted and the oldest removed.
_CUT_EVERY = 100


class DynamoDeliveries:
    """The Deliveries port."""

    def __init__(self, table: DynamoTable) -> None:
        self._table = table

    def add(self, delivery: Delivery) -> bool:
        if not self._table.put(items.delivery_item(delivery), "attribute_not_exists(pk)"):
            return False
        rest = self._table.update(
            items.rest_key(delivery.webhook_id),
            "SET expires = :expires ADD deliveries :one",
            {":expires": items.expiry(delivery.created_at), ":one": 1},
        )
        if rest and int(rest["deliveries"]) % _CUT_EVERY == 0:
            self._cut(delivery.webhook_id)
        return True

    def delivery(self, webhook_id: str, delivery_id: str) -> Delivery | None:
        item = self._table.get(items.delivery_key(webhook_id, delivery_id))
        return None if item is None else items.delivery_of(item)

    def page(self, webhook_id: str, *, limit: int, after: str) -> list[Delivery]:
        start = items.delivery_key(webhook_id, after) if after else None
        stored = self._newest(webhook_id, start, Limit=limit)
        return [items.delivery_of(item) for item in islice(stored, limit)]

    def restart(self, delivery: Delivery, now: datetime) -> bool:
        changed = self._table.update(
            items.delivery_key(delivery.webhook_id, delivery.id),
            "SET begun_at = :now, next_at = :now, delivery_state = :pending, expires = :end "
            "REMOVE owner_id, owned_until",
            {":now": items.moment(now), ":pending": str(DeliveryState.PENDING), ":end": items.expiry(now)},
            "attribute_exists(pk)",
        )
        return changed is not None

    def claim(self, delivery: Delivery, owner: str, now: datetime, lease: timedelta) -> bool:
        assert delivery.next_at is not None  # it is pending
        changed = self._table.update(
            items.delivery_key(delivery.webhook_id, delivery.id),
            "SET owner_id = :owner, owned_until = :until",
            {
                ":owner": owner,
                ":until": items.moment(now + lease),
                ":now": items.moment(now),
                ":next": items.moment(delivery.next_at),
            },
            "next_at = :next AND (attribute_not_exists(owned_until) OR owned_until < :now)",
        )
        return changed is not None

    def record(self, after: Delivery, owner: str) -> bool:
        values = {
            ":state": str(after.state),
            ":count": after.attempt_count,
            ":attempts": items.attempts_text(after),
            ":owner": owner,
        }
        sets, gone = "delivery_state = :state, attempt_count = :count, attempts = :attempts", "owner_id, owned_until"
        if after.next_at:
            sets, values[":next"] = f"{sets}, next_at = :next", items.moment(after.next_at)
        else:
            gone += ", next_at"
        key = items.delivery_key(after.webhook_id, after.id)
        return self._table.update(key, f"SET {sets} REMOVE {gone}", values, "owner_id = :owner") is not None

    def _cut(self, webhook_id: str) -> None:
        """Removes the deliveries behind the newest KEPT_MAX, whether they are still tried or not."""
        for key in islice(self._newest(webhook_id, ProjectionExpression="pk, sk"), KEPT_MAX, None):
            self._table.delete(key)

    def _newest(self, webhook_id: str, after: Key | None = None, **more: Unpack[QueryOptions]) -> Iterator[Item]:
        """The deliveries of a webhook, the newest first, from the one behind the key `after`."""
        options: QueryOptions = {"ConsistentRead": True, "ScanIndexForward": False, **more}
        return self._table.query(items.partition(webhook_id), begins_with=items.PREFIX, after=after, **options)
