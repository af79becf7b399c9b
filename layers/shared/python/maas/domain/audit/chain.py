"""Records, each of which names the digest of the one before; heads; and the segments that records are stored in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maas.domain.audit.canonical import canonical, digest, parsed
from maas.domain.audit.events import AuditEvent

START = "0" * 64
# Records and bytes of one segment: DynamoDB takes 100 items and 4 MB in the transaction that indexes it.
RECORDS_MAX, BYTES_MAX = 90, 1024 * 1024
FIELDS = frozenset(
    {
        "organization",
        "sequence",
        "id",
        "time",
        "recorded_at",
        "actor",
        "action",
        "object",
        "changed",
        "before",
        "after",
        "previous",
        "hash",
    }
)

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The last record of an organization's chain; of an empty one, sequence 0."""

    organization: str
    sequence: int = 0
    hash: str = START
    recorded_at: str = ""

    @classmethod
    def of(cls, record: Record) -> "Head":
        return cls(record["organization"], record["sequence"], record["hash"], record["recorded_at"])


@dataclass(frozen=True, slots=True)
class Segment:
    """Records that follow `before`, as they are stored: one line each, in canonical JSON."""

    before: Head
    records: tuple[Record, ...]
    body: bytes

    @classmethod
    def begin(cls, before: Head, events: Sequence[AuditEvent], now: str) -> "Segment":
        """A segment with the first of the events: as many as fit, at least one. Times of records never go back."""
        records, size, head = list[Record](), 0, before
        lines = list[bytes]()
        for event in events[:RECORDS_MAX]:
            record = _record(event, head, max(now, before.recorded_at))
            line = canonical(record) + b"\n"
            if lines and size + len(line) > BYTES_MAX:
                break
            records.append(record)
            lines.append(line)
            size, head = size + len(line), Head.of(record)
        return cls(before, tuple(records), b"".join(lines))

    @classmethod
    def read(cls, before: Head, body: bytes) -> "Segment":
        """The segment that another writer has stored behind `before`. Raises ValueError if it does not follow it."""
        records, head = list[Record](), before
        for line in body.splitlines():
            record = parsed(line)
            if not isinstance(record, dict) or fault_of(record) or not follows(head, record):
                raise ValueError(f"the segment behind record {before.sequence} does not follow it")
            records.append(record)
            head = Head.of(record)
        if not records:
            raise ValueError("the segment is empty")
        return cls(before, tuple(records), body)

    @property
    def key(self) -> str:
        """The name of the object. It follows from the head before, so two writers can't both add behind one head."""
        return segment_key(self.before.organization, self.before.sequence + 1)

    @property
    def head(self) -> Head:
        return Head.of(self.records[-1])


def segment_key(organization: str, first: int) -> str:
    return f"{organization}/{first:012}.jsonl"


def fault_of(record: Record) -> str:
    """Returns the fault of a record by itself: `format`, `edited`, or nothing."""
    if record.keys() != FIELDS or type(record["sequence"]) is not int or record["sequence"] < 1:
        return "format"
    if not all(isinstance(record[name], str) for name in ("organization", "id", "recorded_at", "previous", "hash")):
        return "format"
    return "" if record["hash"] == hash_of(record) else "edited"


def hash_of(record: Record) -> str:
    """The digest of a record without its own `hash`. Raises ValueError if it has no canonical JSON."""
    return digest({name: value for name, value in record.items() if name != "hash"})


def follows(head: Head, record: Record) -> bool:
    """Returns whether the record is the one behind the head."""
    behind = (head.organization, head.sequence + 1, head.hash)
    return (record["organization"], record["sequence"], record["previous"]) == behind


def _record(event: AuditEvent, head: Head, now: str) -> Record:
    record = {
        "organization": head.organization,
        "sequence": head.sequence + 1,
        "id": event.id,
        "time": event.time,
        "recorded_at": now,
        "actor": dict(event.actor),
        "action": event.action,
        "object": event.object,
        "changed": list(event.changed),
        "before": event.before,
        "after": event.after,
        "previous": head.hash,
    }
    return {**record, "hash": digest(record)}
