"""Items of the audit table: heads, segments and records of each organization."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from maas.domain.audit.canonical import canonical
from maas.domain.audit.chain import Head, Record, Segment
from maas.domain.audit.events import AuditEvent, root_of
from maas.domain.audit.filters import AuditFilter
from maas.domain.audit.stored import StoredSegment

Item = dict[str, Any]
# Each index: its name, the attribute of its lists, and what a list is of.
LISTS = {"by_object": "object_list", "by_actor": "actor_list", "by_action": "action_list"}


def head_key(organization: str) -> dict[str, str]:
    return {"pk": f"CHAIN#{organization}", "sk": "HEAD"}


def head_values(head: Head) -> dict[str, Any]:
    return {":sequence": head.sequence, ":hash": head.hash, ":recorded_at": head.recorded_at}


def head_of(organization: str, item: Mapping[str, Any] | None) -> Head:
    """The head; that of an empty chain without an item."""
    if item is None:
        return Head(organization)
    return Head(organization, int(item["sequence"]), item["hash"], item["recorded_at"])


def records_partition(organization: str) -> str:
    return f"RECORDS#{organization}"


def record_key(event: AuditEvent) -> dict[str, str]:
    """The key of an event's record: by time, and the same for each delivery of the event."""
    return _record_key(event.tenant_id, event.time, event.id)


def _record_key(organization: str, time: str, event_id: str) -> dict[str, str]:
    return {"pk": records_partition(organization), "sk": f"{time}#{event_id}"}


def record_item(record: Record, days: int) -> Item:
    organization, ends = record["organization"], datetime.fromisoformat(record["recorded_at"]) + timedelta(days=days)
    return {
        **_record_key(organization, record["time"], record["id"]),
        "object_list": f"{organization}#{root_of(record['object'])}",
        "actor_list": f"{organization}#{record['actor']['subject'] or ''}",
        "action_list": f"{organization}#{record['action']}",
        "record": canonical(record).decode(),
        "expires": int(ends.timestamp()),
    }


def record_of(item: Mapping[str, Any]) -> Record:
    record: Record = json.loads(item["record"])
    return record


def narrowest_list(organization: str, narrowed: AuditFilter) -> tuple[str, str]:
    """The index and the list in it with the fewest records of the filter; the index is empty for the table itself."""
    given = {"by_object": narrowed.root, "by_actor": narrowed.actor, "by_action": narrowed.action}
    for index, value in given.items():
        if value:
            return index, f"{organization}#{value}"
    return "", records_partition(organization)


def segments_partition(organization: str) -> str:
    return f"SEGMENTS#{organization}"


def segment_item(segment: Segment) -> Item:
    """The segment, by the time of its last record: times of records never go back."""
    head = segment.head
    return {
        "pk": segments_partition(head.organization),
        "sk": f"{head.recorded_at}#{head.sequence:012}",
        "key": segment.key,
        "first": segment.before.sequence + 1,
        "last": head.sequence,
        "hash": head.hash,
        "recorded_at": head.recorded_at,
        "size": len(segment.body),
        "sha256": hashlib.sha256(segment.body).hexdigest(),
    }


def segment_of(item: Mapping[str, Any]) -> StoredSegment:
    return StoredSegment(
        key=item["key"],
        first=int(item["first"]),
        last=int(item["last"]),
        hash=item["hash"],
        recorded_at=item["recorded_at"],
        size=int(item["size"]),
        sha256=item["sha256"],
    )
