"""Writes an archive into the stores of another stack: first the files, then the records that name them."""

import json
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig

from local.archives.audit_logs import is_of, is_segment_of, kept_logs, load_segment
from local.archives.manifest import Entry
from local.archives.place import Place, problems
from local.archives.progress import Progress
from local.archives.reading import Reader
from local.archives.records import AUDIT, AUDIT_LOG, TABLES, Item, bucket_of, contents, is_published, moved
from local.errors import StackError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH = 25  # items; the maximum of BatchWriteItem
_ATTEMPTS = 10  # of a batch that the store takes in parts
_TRANSFER = TransferConfig(multipart_chunksize=16 * 1024 * 1024, max_concurrency=4)

Versions = dict[tuple[str, str], str]


def load(reader: Reader, place: Place, progress: Progress) -> None:
    """Writes files, items, secrets (if the place takes them) and messages for checks that had not ended.

    The archive is verified already. Raises StackError if a store refuses a call.
    """
    found = contents(reader.all_items)
    with problems():
        kept = kept_logs(reader, place)
        files = [file for file in found.files if not is_segment_of(file.key, kept)]
        versions = _load_files(reader, place, progress, {(file.key, file.version) for file in files})
        progress.step("writing the tables")
        for table in TABLES:
            skipped = kept if table == AUDIT else set[str]()
            left = (
                item for item in reader.items(table) if not is_published(item, time.time()) and not is_of(item, skipped)
            )
            items = (moved(item, versions) for item in left)
            _load_items(place.dynamodb, place.tables[table], items, progress)
        for name, secret in place.secret_ids.items():
            _load_secret(place, secret, reader.secrets().get(name, {}))
        for upload, tenant in found.validating:
            _send_check(place, upload, tenant)


def refuse_items(place: Place) -> None:
    """Raises StackError if a table has items."""
    with problems():
        for table in place.tables.values():
            if place.dynamodb.scan(TableName=table, Limit=1)["Items"]:
                raise StackError(
                    f"the table {table} is not empty: move into a stack without users, "
                    "or use --overwrite to replace items with the same key"
                )


def _load_files(reader: Reader, place: Place, progress: Progress, wanted: set[tuple[str, str]]) -> Versions:
    """Writes the wanted files. Returns the version ids that they got, by their key and the version id before."""
    entries = [entry for entry in reader.manifest.objects() if (entry.key, entry.version) in wanted]
    progress.step("writing files", sum(entry.size for entry in entries))
    return {(entry.key, entry.version): _load_file(reader, place, progress, entry) for entry in entries}


def _load_file(reader: Reader, place: Place, progress: Progress, entry: Entry) -> str:
    bucket = place.buckets[bucket_of(entry.key)]
    if bucket_of(entry.key) == AUDIT_LOG:
        load_segment(reader, place, entry)
        progress.add(entry.size)
        return ""
    # The version id that the record keeps is empty if the bucket has no versions.
    with reader.open(entry) as content:
        place.s3.upload_fileobj(
            content, bucket, entry.key, ExtraArgs=entry.headers, Config=_TRANSFER, Callback=progress.add
        )
    return place.s3.head_object(Bucket=bucket, Key=entry.key).get("VersionId", "")


def _load_items(dynamodb: "DynamoDBClient", table: str, items: Iterable[Item], progress: Progress) -> None:
    for batch in _batches(items):
        requests: Any = {table: [{"PutRequest": {"Item": item}} for item in batch]}
        for attempt in range(_ATTEMPTS):
            requests = dynamodb.batch_write_item(RequestItems=requests).get("UnprocessedItems")
            if not requests:
                break
            time.sleep(min(5.0, 0.1 * 2**attempt))
        else:
            raise StackError(f"the table {table} takes no more items just now: try again later")
        progress.add(sum(len(str(item)) for item in batch))


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _load_secret(place: Place, secret: str, values: dict[str, str]) -> None:
    """Writes the values in the order in which they came to be, so that each gets its stage."""
    for stage in ("AWSPREVIOUS", "AWSCURRENT", "AWSPENDING"):
        if stage in values:
            written = "AWSPENDING" if stage == "AWSPENDING" else "AWSCURRENT"
            place.secrets.put_secret_value(SecretId=secret, SecretString=values[stage], VersionStages=[written])


def _send_check(place: Place, upload: str, tenant: str) -> None:
    """Sends the message of a finished upload again: those that were under way are not in the archive."""
    body = json.dumps({"upload_id": upload, "tenant_id": tenant})
    place.sqs.send_message(QueueUrl=place.queue, MessageBody=body)
