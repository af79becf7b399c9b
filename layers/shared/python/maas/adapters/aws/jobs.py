"""Jobs in a DynamoDB table of their own, whose TTL removes them. The event of an end goes into the identity table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from boto3.dynamodb.conditions import Attr, Key

from maas.adapters.aws.dynamodb_calls import ATTEMPTS, pause, queried, table_of, unavailable
from maas.domain.errors import Contended
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.jobs.chunks import Chunk, Part
from maas.domain.jobs.jobs import Job, JobFilter, JobPlace
from maas.domain.pages import cut
from maas.platform.dynamodb_errors import INVALID, REFUSED, cancellation_reasons
from maas.wire import jobs as items
from maas.wire.identity.events import JOBS, events_item

_UNREACHABLE = "jobs can't be read or changed just now; try again"
# Jobs that one page reads at most, whatever its filter takes.
_READ_MAX = 1000


class DynamoJobs:
    """The Jobs port. `events_table` is the identity table, whose stream carries events to the bus."""

    def __init__(self, table: str, events_table: str, endpoint: str = "") -> None:
        self._table = table_of(table, endpoint)
        self._events_table = events_table

    def add(self, job: Job) -> bool:
        made = {"Item": items.job_item(job), "ConditionExpression": "attribute_not_exists(pk)"}
        return self._transact([self._write("Put", made), self._write("Put", {"Item": items.open_item(job)})])

    def open_jobs(self, tenant_id: str, now: datetime, most: int) -> int:
        condition = Key("pk").eq(items.open_key(tenant_id, "")["pk"])
        running = Attr("until").gt(int(now.timestamp()))
        stored = queried(self._table, _UNREACHABLE, condition, FilterExpression=running)
        return sum(1 for _ in islice(stored, most))

    def job(self, place: JobPlace) -> Job | None:
        item = self._get(items.job_key(place))
        return None if item is None else items.job_of(item)

    def page(self, place: JobPlace, wanted: JobFilter, limit: int) -> tuple[Sequence[Job], str]:
        key = items.job_key(place)
        start: dict[str, Any] = {"ExclusiveStartKey": key} if place.job_id else {}
        condition = Key("pk").eq(key["pk"]) & Key("sk").begins_with(items.JOB)
        stored = queried(self._table, _UNREACHABLE, condition, ConsistentRead=True, ScanIndexForward=False, **start)
        found, last = list[Job](), ""
        for number, item in enumerate(stored):
            if len(found) == limit or number == _READ_MAX:
                return found, last
            job = items.job_of(item)
            last = job.id
            if wanted.takes(job):
                found.append(job)
        return found, ""

    def start(self, before: Job, after: Job, chunks: Sequence[Chunk]) -> bool:
        for chunk in chunks:
            self._put_new(items.chunk_item(after, chunk))
        return self._transact([self._job_put(before, after)])

    def chunk(self, job_id: str, number: int) -> Chunk | None:
        item = self._get(items.chunk_key(job_id, number))
        return None if item is None else items.chunk_of(item)

    def record(self, job: Job, chunk: Chunk, part: Part) -> bool:
        counts = {"done": part.end - part.start, "rows": part.rows, "failed_rows": part.failed_rows}
        moved = {
            "Key": items.chunk_key(job.id, chunk.number),
            "UpdateExpression": "SET at_n = :end",
            "ConditionExpression": "at_n = :at",
            "ExpressionAttributeValues": {":end": part.end, ":at": chunk.at},
        }
        counted = {
            "Key": items.job_key(job.place),
            "UpdateExpression": "ADD done :done, #rows :rows, failed_rows :failed_rows",
            "ConditionExpression": "job_state = :running",
            "ExpressionAttributeNames": {"#rows": "rows"},
            "ExpressionAttributeValues": {":running": str(job.state), **{f":{k}": v for k, v in counts.items()}},
        }
        return self._transact(
            [
                self._write("Update", moved),
                self._write("Put", {"Item": items.part_item(job, part)}),
                self._write("Update", counted),
            ]
        )

    def end(self, before: Job, after: Job, event: IdentityEvent) -> bool:
        told = {"Put": {"TableName": self._events_table, "Item": events_item(JOBS, [event])}}
        closed = self._write("Delete", {"Key": items.open_key(after.by.tenant_id, after.id)})
        return self._transact([self._job_put(before, after), told, closed])

    def parts(self, job_id: str, *, limit: int, after: str) -> tuple[Sequence[Part], str]:
        start: dict[str, Any] = {"ExclusiveStartKey": items.part_key(job_id, after)} if after else {}
        partition = items.part_key(job_id, "")["pk"]
        condition = Key("pk").eq(partition) & Key("sk").begins_with(items.PART)
        stored = queried(self._table, _UNREACHABLE, condition, ConsistentRead=True, Limit=limit + 1, **start)
        found = [items.part_of(item) for item in islice(stored, limit + 1)]
        return cut(found, limit, items.part_place)

    def _job_put(self, before: Job, after: Job) -> dict[str, Any]:
        """The write of a job whose state and counts are those that were read."""
        same = {"job_state": str(before.state), "done": before.done}
        return self._write(
            "Put",
            {
                "Item": items.job_item(after),
                "ConditionExpression": "job_state = :job_state AND done = :done",
                "ExpressionAttributeValues": {f":{name}": value for name, value in same.items()},
            },
        )

    def _write(self, kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {kind: {"TableName": self._table.name, **arguments}}

    def _get(self, key: Mapping[str, str]) -> dict[str, Any] | None:
        with unavailable(_UNREACHABLE):
            return self._table.get_item(Key=key, ConsistentRead=True).get("Item")

    def _put_new(self, item: Mapping[str, Any]) -> bool:
        with unavailable(_UNREACHABLE):
            try:
                self._table.put_item(Item=item, ConditionExpression="attribute_not_exists(pk)")
            except self._table.client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def _transact(self, writes: Sequence[Mapping[str, Any]]) -> bool:
        """Commits all writes or none. Returns False if a condition is not met. Raises Contended."""
        client, request = self._table.client, list[Any](writes)
        for attempt in range(1, ATTEMPTS + 1):
            with unavailable(_UNREACHABLE):
                try:
                    client.transact_write_items(TransactItems=request)
                except client.exceptions.TransactionCanceledException as error:
                    reasons = cancellation_reasons(error)
                    if REFUSED in reasons:
                        return False
                    if INVALID in reasons:
                        raise
                else:
                    return True
            pause(attempt)
        raise Contended("others keep changing this; try again")
