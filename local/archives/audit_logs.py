"""Audit logs in a restore: their files can be written once, and never replaced."""

from typing import Any

from botocore.exceptions import ClientError

from local.archives.manifest import Entry
from local.archives.place import Place
from local.archives.reading import Reader
from local.archives.records import AUDIT, AUDIT_LOG, Item, bucket_of
from local.errors import StackError


def kept_logs(reader: Reader, place: Place) -> set[str]:
    """The organizations whose log at the place goes on differently from the archive's: they keep the one there."""
    heads = {organization: head for organization in _organizations(reader) if (head := _head(place, organization))}
    for item in reader.items(AUDIT) if heads else ():
        kind, _, organization = item["pk"]["S"].partition("#")
        if kind == "SEGMENTS" and item["hash"]["S"] == heads.get(organization):
            del heads[organization]
    return {*heads}


def is_of(item: Item, organizations: set[str]) -> bool:
    """Returns whether the item of the audit table belongs to one of these organizations."""
    return item["pk"]["S"].partition("#")[2] in organizations


def is_segment_of(key: str, organizations: set[str]) -> bool:
    """Returns whether the object belongs to the log of one of these organizations."""
    return bucket_of(key) == AUDIT_LOG and key.partition("/")[0] in organizations


def load_segment(reader: Reader, place: Place, entry: Entry) -> None:
    """Writes a file as the log's own writer does: the bucket takes each once, and locks it.

    Raises StackError if the place has another file with its name.
    """
    with reader.open(entry) as content:
        body = content.read()
    bucket = place.buckets[AUDIT_LOG]
    request: Any = {"Bucket": bucket, "Key": entry.key, "Body": body, "ChecksumAlgorithm": "SHA256"}
    try:
        place.s3.put_object(**request, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        if place.s3.get_object(Bucket=bucket, Key=entry.key)["Body"].read() != body:
            raise StackError(f"the audit log {entry.key} is another one there, and can't be replaced") from error


def _organizations(reader: Reader) -> set[str]:
    keys = (item["pk"]["S"] for item in reader.items(AUDIT))
    return {key.partition("#")[2] for key in keys if key.startswith("CHAIN#")}


def _head(place: Place, organization: str) -> str:
    """The hash of the log's last record at the place; empty without a log."""
    key: Any = {"pk": {"S": f"CHAIN#{organization}"}, "sk": {"S": "HEAD"}}
    found = place.dynamodb.get_item(TableName=place.tables[AUDIT], Key=key, ConsistentRead=True).get("Item", {})
    return str(found.get("hash", {}).get("S", ""))
