"""Audit logs of made-up events, and changes that a forger could make to them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from maas.domain.audit.canonical import canonical
from maas.domain.audit.chain import Head, Record, Segment, hash_of
from maas.domain.audit.events import AuditEvent, stamp
from maas.domain.ids import new_id

BEGIN = datetime(2026, 11, 29, 8, tzinfo=UTC)


def detail(organization: str, number: int = 0, **more: Any) -> dict[str, Any]:
    """An event as the registry puts it on the bus."""
    at = BEGIN + timedelta(seconds=number)
    return {
        "id": new_id(at),
        "type": "ModelUpdated",
        "time": at.isoformat(),
        "tenant_id": organization,
        "model_id": new_id(at),
        "subject": new_id(at),
        "changed": ["name"],
        "before": {"name": f"é{number}"},
        "after": {"name": "new", "tags": ["a", "b"], "size": number},
        **more,
    }


def event(organization: str, number: int = 0, **more: Any) -> AuditEvent:
    return AuditEvent.of(detail(organization, number, **more))


def message(content: dict[str, Any]) -> str:
    """The body of the message that EventBridge makes of an event."""
    return json.dumps({"source": "maas.registry", "detail-type": content.get("type"), "detail": content})


def log(organization: str, length: int) -> list[Record]:
    """A chain of `length` records."""
    head, records = Head(organization), list[Record]()
    events = [event(organization, number) for number in range(length)]
    while len(records) < length:
        segment = Segment.begin(head, events[len(records) :], stamp(BEGIN + timedelta(hours=1)))
        records += segment.records
        head = segment.head
    return records


def lines(records: Sequence[Record]) -> list[bytes]:
    return [canonical(record) + b"\n" for record in records]


def rehashed(record: Record, **changes: Any) -> Record:
    """The record with other values and a hash that fits them."""
    changed = {**record, **changes}
    return {**changed, "hash": hash_of(changed)}


def relinked(records: Sequence[Record], first: int) -> list[Record]:
    """The chain, computed anew from the record at `first` on."""
    found = list(records[:first])
    for record in records[first:]:
        previous = found[-1]["hash"] if found else "0" * 64
        found.append(rehashed(record, sequence=len(found) + 1, previous=previous))
    return found
