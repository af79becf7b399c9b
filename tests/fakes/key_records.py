"""Keys of idempotency in memory."""

from datetime import datetime

from maas.domain.idempotency import KeyRecord


class FakeKeyRecords:
    """Implements the KeyRecords port."""

    def __init__(self) -> None:
        self.records: dict[str, KeyRecord] = {}

    def add(self, record: KeyRecord, now: datetime) -> KeyRecord | None:
        found = self.records.get(record.id)
        if found is not None and now < found.expires_at:
            return found
        self.records[record.id] = record
        return None

    def replace(self, before: KeyRecord, after: KeyRecord) -> bool:
        found = self.records.get(after.id)
        if found is None or (found.attempt, found.answer) != (before.attempt, before.answer):
            return False
        self.records[after.id] = after
        return True

    def remove(self, record: KeyRecord) -> None:
        found = self.records.get(record.id)
        if found is not None and found.attempt == record.attempt:
            del self.records[record.id]
