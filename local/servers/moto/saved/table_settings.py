"""A table without its items, as a document and back."""

from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import StreamShard, Table

_FIELDS = (
    "created_at",
    "ttl",
    "continuous_backups",
    "stream_specification",
    "latest_stream_label",
    "throughput",
    "warm_throughput",
)


def value(table: Table) -> dict[str, Any]:
    """The document of a table."""
    shard = table.stream_shard
    return {field: getattr(table, field) for field in _FIELDS} | {
        "schema": table.schema,
        "attributes": table.attr,
        "billing_mode": table.billing_mode,
        "global_indexes": [index.describe() for index in table.global_indexes],
        "local_indexes": [index.describe() for index in table.indexes],
        "encryption": table.sse_specification,
        "tags": table.tags,
        "deletion_protection": table.deletion_protection_enabled,
        "stream": shard and {"first": shard.starting_sequence_number, "created": shard.created_on},
    }


def table(name: str, backend: DynamoDBBackend, saved: dict[str, Any]) -> Table:
    """The table of a document, with the records of its stream still missing."""
    made = Table(  # type: ignore[abstract]
        name,
        backend.account_id,
        backend.region_name,
        schema=saved["schema"],
        attr=saved["attributes"],
        billing_mode=saved["billing_mode"],
        indexes=saved["local_indexes"],
        global_indexes=saved["global_indexes"],
        sse_specification=saved["encryption"],
        tags=saved["tags"],
        deletion_protection_enabled=saved["deletion_protection"],
    )
    for field in _FIELDS:
        setattr(made, field, saved[field])
    if stream := saved["stream"]:
        made.stream_shard = StreamShard(backend.account_id, made)
        made.stream_shard.starting_sequence_number = stream["first"]
        made.stream_shard.created_on = stream["created"]
    return made
