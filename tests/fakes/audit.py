"""The audit log in memory: objects that are written once, and an index with the conditions of the real one."""

from collections.abc import Sequence

from maas.domain.audit.chain import Head, Record, Segment
from maas.domain.audit.events import AuditEvent
from maas.domain.audit.filters import AuditFilter, Period
from maas.domain.audit.stored import Found, StoredSegment
from maas.domain.errors import NotFound, Unavailable
from maas.wire import audit as items


class FakeAuditObjects:
    """`objects` holds the bodies by key."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def add(self, key: str, body: bytes) -> bool:
        if key in self.objects:
            return False
        self.objects[key] = body
        return True

    def read(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotFound("the object store does not have this object")
        return self.objects[key]

    def sign(self, key: str, seconds: int) -> str:
        return f"https://files.example/{key}?seconds={seconds}"

    def log(self, organization: str) -> bytes:
        """All segments of an organization, in their order."""
        return b"".join(body for key, body in sorted(self.objects.items()) if key.startswith(organization))


class FakeAuditIndex:
    """`heads` by organization, and the records by time and id."""

    def __init__(self) -> None:
        self.heads: dict[str, Head] = {}
        self.records: dict[str, dict[str, Record]] = {}
        self.stored: dict[str, dict[str, StoredSegment]] = {}

    def head(self, organization: str) -> Head:
        return self.heads.get(organization, Head(organization))

    def known(self, events: Sequence[AuditEvent]) -> set[str]:
        return {event.id for event in events if f"{event.time}#{event.id}" in self.records.get(event.tenant_id, {})}

    def extend(self, segment: Segment) -> bool:
        organization = segment.before.organization
        if self.head(organization) != segment.before:
            return False
        item = items.segment_item(segment)
        self.heads[organization] = segment.head
        self.stored.setdefault(organization, {})[item["sk"]] = items.segment_of(item)
        records = self.records.setdefault(organization, {})
        records |= {f"{record['time']}#{record['id']}": record for record in segment.records}
        return True

    def find(self, organization: str, narrowed: AuditFilter, *, limit: int, after: str) -> Found[Record]:
        low, high = narrowed.period.bounds
        records = self.records.get(organization, {})
        wanted = [
            place
            for place, record in sorted(records.items(), reverse=True)
            if low <= place <= high and (not after or place < after) and _takes(narrowed, record)
        ]
        page = wanted[:limit]
        return Found(tuple(records[place] for place in page), page[-1] if len(wanted) > limit else "")

    def segments(self, organization: str, period: Period, *, limit: int, after: str) -> Found[StoredSegment]:
        low, high = period.bounds
        stored = self.stored.get(organization, {})
        wanted = [place for place in sorted(stored) if low <= place <= high and place > after]
        page = wanted[:limit]
        return Found(tuple(stored[place] for place in page), page[-1] if len(wanted) > limit else "")


class FakeAuditQueue:
    """`sent` holds body and delay of each message. `down` refuses the next ones."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int]] = []
        self.down = False

    def send(self, body: str, delay: int) -> None:
        if self.down:
            raise Unavailable("the audit queue does not answer")
        self.sent.append((body, delay))


def _takes(narrowed: AuditFilter, record: Record) -> bool:
    subject = record["actor"]["subject"] or ""
    return narrowed.takes(actor=subject, action=record["action"], path=record["object"])
