"""The places of a receiver in DynamoDB, one item each, and its rest."""

import random
from datetime import datetime, timedelta

from maas.adapters.aws.dynamodb_table import DynamoTable
from maas.domain.clock import now as wall_clock
from maas.domain.webhooks.retries import PLACES, Rest
from maas.wire import deliveries as items


class DynamoReceiverPlaces:
    """The ReceiverPlaces port."""

    def __init__(self, table: DynamoTable) -> None:
        self._table = table

    def rest(self, webhook_id: str) -> Rest:
        item = self._table.get(items.rest_key(webhook_id)) or {}
        until = datetime.fromisoformat(item["rests_until"]) if "rests_until" in item else None
        return Rest(until, int(item.get("silences", 0)))

    def take(self, webhook_id: str, owner: str, now: datetime, lease: timedelta) -> int | None:
        for place in random.sample(range(PLACES), PLACES):
            taken = self._table.update(
                items.place_key(webhook_id, place),
                "SET owner_id = :owner, owned_until = :until, expires = :expires",
                {
                    ":owner": owner,
                    ":until": items.moment(now + lease),
                    ":now": items.moment(now),
                    ":expires": items.expiry(now),
                },
                "attribute_not_exists(owned_until) OR owned_until < :now",
            )
            if taken:
                return place
        return None

    def leave(self, webhook_id: str, place: int, owner: str) -> None:
        key = items.place_key(webhook_id, place)
        self._table.update(key, "REMOVE owner_id, owned_until", {":owner": owner}, "owner_id = :owner")

    def pause(self, webhook_id: str, until: datetime) -> None:
        self._table.update(
            items.rest_key(webhook_id),
            "SET rests_until = :until, expires = :expires",
            {":until": items.moment(until), ":expires": items.expiry(wall_clock())},
            "attribute_not_exists(rests_until) OR rests_until < :until",
        )

    def note_silence(self, webhook_id: str) -> int:
        changed = self._table.update(
            items.rest_key(webhook_id),
            "SET expires = :expires ADD silences :one",
            {":expires": items.expiry(wall_clock()), ":one": 1},
        )
        return int(changed["silences"]) if changed else 1

    def note_answer(self, webhook_id: str) -> None:
        self._table.update(items.rest_key(webhook_id), "REMOVE silences", {})
