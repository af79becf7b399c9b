"""Keys of idempotency in a DynamoDB table of their own, whose TTL removes them."""

from datetime import UTC, datetime
from typing import Any

from maas.adapters.aws.dynamodb_table import table_of
from maas.domain.idempotency import KeyRecord

_UNREACHABLE = "idempotency keys can't be read just now; try again"
_TEXTS = ("fingerprint", "effect_id", "attempt", "credential")


class DynamoKeyRecords:
    """The KeyRecords port. An empty `endpoint` is AWS itself. Nothing is sent before the first call."""

    def __init__(self, name: str, endpoint: str = "") -> None:
        self._table = table_of(name, endpoint, _UNREACHABLE)

    def add(self, record: KeyRecord, now: datetime) -> KeyRecord | None:
        # Expired records count as removed, because the table's TTL is up to some days late.
        free = "attribute_not_exists(pk) OR expires <= :now"
        while not self._table.put(_item(record), free, {":now": int(now.timestamp())}):
            stored = self._stored(record.id)
            if stored is not None:  # ours if botocore has sent it twice, because the first answer was lost
                return None if stored.attempt == record.attempt else stored
        return None

    def replace(self, before: KeyRecord, after: KeyRecord) -> bool:
        same = "attribute_not_exists(answer)" if before.answer is None else "answer = :answer"
        values = {":attempt": before.attempt, ":answer": before.answer}
        given = {name: value for name, value in values.items() if value is not None}
        # Ours too if botocore has sent it twice, because the first answer was lost.
        put = self._table.put(_item(after), f"attempt = :attempt AND {same}", given)
        return put or self._stored(after.id) == after

    def remove(self, record: KeyRecord) -> None:
        self._table.delete({"pk": record.id}, "attempt = :attempt", {":attempt": record.attempt})

    def _stored(self, record_id: str) -> KeyRecord | None:
        item = self._table.get({"pk": record_id})
        return None if item is None else _record(item)


def _item(record: KeyRecord) -> dict[str, Any]:
    optional = {
        "answer": record.answer,
        "public_answer": record.public_answer,
        "secret_until": record.secret_until and record.secret_until.isoformat(),
    }
    return {
        "pk": record.id,
        **{name: getattr(record, name) for name in _TEXTS},
        "locked_until": record.locked_until.isoformat(),
        "expires": int(record.expires_at.timestamp()),
        **{name: value for name, value in optional.items() if value is not None},
    }


def _record(item: Any) -> KeyRecord:
    secret_until = item.get("secret_until")
    return KeyRecord(
        id=item["pk"],
        **{name: item[name] for name in _TEXTS},
        locked_until=datetime.fromisoformat(item["locked_until"]),
        expires_at=datetime.fromtimestamp(int(item["expires"]), UTC),
        answer=bytes(item["answer"]) if "answer" in item else None,
        public_answer=bytes(item["public_answer"]) if "public_answer" in item else None,
        secret_until=datetime.fromisoformat(secret_until) if secret_until else None,
    )
