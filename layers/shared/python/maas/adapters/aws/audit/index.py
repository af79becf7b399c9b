"""The index of the audit log in a DynamoDB table of its own."""

from collections.abc import Iterator, Sequence

from maas.adapters.aws.dynamodb_batches import get_many
from maas.adapters.aws.dynamodb_table import Item, QueryOptions, Write, table_of
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
        self._table = table_of(name, endpoint, _UNREACHABLE)
        self._days = days

    def head(self, organization: str) -> Head:
        return items.head_of(organization, self._table.get(items.head_key(organization)))

    def known(self, events: Sequence[AuditEvent]) -> set[str]:
        keys = list({event.id: items.record_key(event) for event in events}.values())
        found = get_many(self._table, keys, projection="sk")
        return {str(item["sk"]).rpartition("#")[2] for item in found}

    def extend(self, segment: Segment) -> bool:
        new = [items.segment_item(segment), *(items.record_item(record, self._days) for record in segment.records)]
        try:
            self._table.transact_once([_moved_head(segment), *({"Put": {"Item": each}} for each in new)])
        except self._table.client.exceptions.TransactionCanceledException as error:
            if INVALID in cancellation_reasons(error):
                raise
            return False
        return True

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

    def _newest(self, organization: str, narrowed: AuditFilter, after: str) -> Iterator[Item]:
        """The items of the narrowest list, the newest first."""
        index, name = items.narrowest_list(organization, narrowed)
        attribute = items.LISTS.get(index, "pk")
        options: QueryOptions = {"ScanIndexForward": False}
        if index:
            options["IndexName"] = index
        start = {"pk": items.records_partition(organization), "sk": after, attribute: name} if after else None
        return self._table.query(name, attribute=attribute, between=narrowed.period.bounds, after=start, **options)

    def segments(self, organization: str, period: Period, *, limit: int, after: str) -> Found[StoredSegment]:
        partition = items.segments_partition(organization)
        start = {"pk": partition, "sk": after} if after else None
        found = list[StoredSegment]()
        place = after
        for item in self._table.query(partition, between=period.bounds, after=start):
            if len(found) == limit:
                return Found(tuple(found), place)
            found.append(items.segment_of(item))
            place = str(item["sk"])
        return Found(tuple(found))


def _moved_head(segment: Segment) -> Write:
    """The write of the head after the one before the segment."""
    before, values = segment.before, items.head_values(segment.head)
    if before.sequence:
        values |= {":before": before.sequence, ":before_hash": before.hash}
    return {
        "Update": {
            "Key": items.head_key(before.organization),
            "UpdateExpression": _HEAD,
            "ConditionExpression": _SAME_HEAD if before.sequence else _NO_HEAD,
            "ExpressionAttributeNames": _NAMES,
            "ExpressionAttributeValues": values,
        }
    }
