"""Jobs in a DynamoDB table of their own, whose TTL removes them. The event of an end goes into the identity table."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from maas.adapters.aws.dynamodb_table import QueryOptions, Write, table_of
from maas.domain.identity.identity_event import IdentityEvent
from maas.domain.jobs.chunks import Chunk, Part
from maas.domain.jobs.jobs import Job, JobFilter, JobPlace
from maas.domain.pages import cut
from maas.wire import jobs as items
from maas.wire.identity.events import JOBS, events_item

_UNREACHABLE = "jobs can't be read or changed just now; try again"
# Jobs that one page reads at most, whatever its filter takes.
_READ_MAX = 1000
_NEW = "attribute_not_exists(pk)"


class DynamoJobs:
    """The Jobs port. `events_table` is the identity table, whose stream carries events to the bus."""

    def __init__(self, table: str, events_table: str, endpoint: str = "") -> None:
        self._table = table_of(table, endpoint, _UNREACHABLE)
        self._events_table = events_table

    def add(self, job: Job) -> bool:
        made = {"Item": items.job_item(job), "ConditionExpression": _NEW}
        return not self._table.transact([{"Put": made}, {"Put": {"Item": items.open_item(job)}}])

    def open_jobs(self, tenant_id: str, now: datetime, most: int) -> int:
        stored = self._table.query(
            items.open_key(tenant_id, "")["pk"],
            FilterExpression="#until > :now",
            ExpressionAttributeNames={"#until": "until"},
            values={":now": int(now.timestamp())},
        )
        return sum(1 for _ in islice(stored, most))

    def job(self, place: JobPlace) -> Job | None:
        item = self._table.get(items.job_key(place))
        return None if item is None else items.job_of(item)

    def page(self, place: JobPlace, wanted: JobFilter, limit: int) -> tuple[Sequence[Job], str]:
        key = items.job_key(place)
        after = key if place.job_id else None
        options: QueryOptions = {"ConsistentRead": True, "ScanIndexForward": False}
        stored = self._table.query(key["pk"], begins_with=items.JOB, after=after, **options)
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
            self._table.put(items.chunk_item(after, chunk), _NEW)
        return not self._table.transact([_job_put(before, after)])

    def chunk(self, job_id: str, number: int) -> Chunk | None:
        item = self._table.get(items.chunk_key(job_id, number))
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
        made = {"Item": items.part_item(job, part)}
        return not self._table.transact([{"Update": moved}, {"Put": made}, {"Update": counted}])

    def end(self, before: Job, after: Job, event: IdentityEvent) -> bool:
        told = {"Put": {"TableName": self._events_table, "Item": events_item(JOBS, [event])}}
        closed = {"Delete": {"Key": items.open_key(after.by.tenant_id, after.id)}}
        return not self._table.transact([_job_put(before, after), told, closed])

    def parts(self, job_id: str, *, limit: int, after: str) -> tuple[Sequence[Part], str]:
        key = items.part_key(job_id, after)
        stored = self._table.query(
            key["pk"], begins_with=items.PART, after=key if after else None, ConsistentRead=True, Limit=limit + 1
        )
        found = [items.part_of(item) for item in islice(stored, limit + 1)]
        return cut(found, limit, items.part_place)


def _job_put(before: Job, after: Job) -> Write:
    """The write of a job whose state and counts are those that were read."""
    same = {"job_state": str(before.state), "done": before.done, "total": before.total}
    return {
        "Put": {
            "Item": items.job_item(after),
            "ConditionExpression": "job_state = :job_state AND done = :done AND #total = :total",
            "ExpressionAttributeNames": {"#total": "total"},
            "ExpressionAttributeValues": {f":{name}": value for name, value in same.items()},
        }
    }
