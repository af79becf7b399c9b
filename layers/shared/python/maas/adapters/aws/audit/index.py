"""The index of the audit log in a DynamoDB table of its own."""

from collections.abc import Iterator, Sequence
from typing import Any

from boto3.dynamodb.conditions import Key

from maas.adapters.aws.dynamodb_calls import get_many, queried, table_of, unavailable
from maas.domain.audit.chain import Head, Record, Segment
from maas.domain.audit.events import AuditEvent
from maas.domain.audit.filters import AuditFilter, Period
from maas.domain.audit.stored import Found, StoredSegment
from maas.platform.dynamodb_errors import INVALID, cancellation_reasons
from maas.wire import audit as items

_UNREACHABLE = "the audit log can't be read or changed just now; try again"
_SAME_HEAD = "#sequence = :before AND #hash = :before_hash"
_NO_HEAD = "attribute_not_exists(pk)"
_HEAD = "SET #sequence = :sequence, #hash = :hash, recorded_at = :recorded_at"
_NAMES = {"#sequence": "sequence", "#hash": "hash"}
# Records that one page looks at, and their bytes: with the answer's limit of 6 MB, and its time.
SCAN_MAX, BYTES_MAX = 1000, 2 * 1024 * 1024


class DynamoAuditIndex:
    """The AuditIndex port. `days` is how long a record stays in the index. Nothing is sent before the first call."""

    def __init__(self, name: str, endpoint: str = "", days: int = 0) -> None:
        self._table = table_of(name, endpoint)
        self._days = days

    def head(self, organization: str) -> Head:
        with unavailable(_UNREACHABLE):
            found = self._table.get_item(Key=items.head_key(organization), ConsistentRead=True)
        return items.head_of(organization, found.get("Item"))

    def known(self, events: Sequence[AuditEvent]) -> set[str]:
        keys = list({event.id: items.record_key(event) for event in events}.values())
        found = get_many(self._table, _UNREACHABLE, keys, ProjectionExpression="sk")
        return {str(item["sk"]).rpartition("#")[2] for item in found}

    def extend(self, segment: Segment) -> bool:
        table, client = self._table.name, self._table.client
        new = [items.segment_item(segment), *(items.record_item(record, self._days) for record in segment.records)]
        writes: Any = [{"Update": self._moved(segment)}, *({"Put": {"TableName": table, "Item": each}} for each in new)]
        with unavailable(_UNREACHABLE):
            try:
                client.transact_write_items(TransactItems=writes)
            except client.exceptions.TransactionCanceledException as error:
                if INVALID in cancellation_reasons(error):
                    raise
                return False
        return True

    def _moved(self, segment: Segment) -> dict[str, Any]:
        """The update of the head from the one before the segment."""
        before, values = segment.before, items.head_values(segment.head)
        if before.sequence:
            values |= {":before": before.sequence, ":before_hash": before.hash}
        return {
            "TableName": self._table.name,
            "Key": items.head_key(before.organization),
            "UpdateExpression": _HEAD,
            "ConditionExpression": _SAME_HEAD if before.sequence else _NO_HEAD,
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": values,
        }

    def find(self, organization: str, narrowed: AuditFilter, *, limit: int, after: str) -> Found[Record]:
        found, size, place = list[Record](), 0, after
        for seen, item in enumerate(self._newest(organization, narrowed, after)):
            if len(found) == limit or seen == SCAN_MAX or size > BYTES_MAX:
                return Found(tuple(found), place)
            record, place = items.record_of(item), str(item["sk"])
            size += len(item["record"])
            if narrowed.takes(actor=record["actor"]["subject"] or "", action=record["action"], path=record["object"]):
                found.append(record)
        return Found(tuple(found))

    def _newest(self, organization: str, narrowed: AuditFilter, after: str) -> Iterator[dict[str, Any]]:
        """The items of the narrowest list, the newest first."""
        index, name = items.narrowest_list(organization, narrowed)
        attribute = items.LISTS.get(index, "pk")
        start = {"pk": items.records_partition(organization), "sk": after, attribute: name}
        more: dict[str, Any] = {"IndexName": index} if index else {}
        condition = Key(attribute).eq(name) & Key("sk").between(*narrowed.period.bounds)
        return self._query(condition, start if after else {}, ScanIndexForward=False, **more)

    def segments(self, organization: str, period: Period, *, limit: int, after: str) -> Found[StoredSegment]:
        partition = items.segments_partition(organization)
        condition = Key("pk").eq(partition) & Key("sk").between(*period.bounds)
        found = list[StoredSegment]()
        place = after
        for item in self._query(condition, {"pk": partition, "sk": after} if after else {}):
            if len(found) == limit:
                return Found(tuple(found), place)
            found.append(items.segment_of(item))
            place = str(item["sk"])
        return Found(tuple(found))

    def _query(self, condition: Any, start: dict[str, str], **more: Any) -> Iterator[dict[str, Any]]:
        """The items in their order, from behind the key `start`."""
        more |= {"ExclusiveStartKey": start} if start else {}
        return queried(self._table, _UNREACHABLE, condition, **more)
