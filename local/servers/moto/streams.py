"""Fixes of moto's DynamoDB streams.

- Each read of a stream left an iterator behind, and a restarted server knows none. Here an iterator is a table's name
  and a sequence number, so that any server with the same records can read on.
- After the rollback of a transaction, existing iterators read the table object from before it. Here they read the
  current one.
- An update that creates an item gives two stream records, the first one with the keys alone. Here the first is dropped.
- The numbers of each new stream began at the same number. Here they begin at the time, above those of any older stream.
"""

import time
from typing import Any

from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import StreamShard, Table
from moto.dynamodbstreams.models import DynamoDBStreamsBackend, ShardIterator

_FIRST_NUMBER = 11 * 10**20  # sequence numbers have at least 21 digits
_make_shard = StreamShard.__init__
_add_record = StreamShard.add

read_to: dict[str, int] = {}  # first sequence number that no reader has asked to read past, by the table's ARN


def _make_numbered_shard(shard: StreamShard, account_id: str, table: Table) -> None:
    _make_shard(shard, account_id, table)
    shard.starting_sequence_number = _FIRST_NUMBER + time.time_ns() // 1000


def _arn(iterator: ShardIterator) -> str:
    table = iterator.stream_shard.table
    return f"{table.table_arn}/stream/{table.latest_stream_label}|1|{iterator.sequence_number}"


def _get_records(backend: DynamoDBStreamsBackend, iterator_arn: str, limit: int) -> dict[str, Any]:
    stream, _, number = iterator_arn.rpartition("|")
    table = backend._get_table_from_arn(stream)
    shard = table.stream_shard
    assert shard is not None
    first, end = shard.starting_sequence_number, shard.starting_sequence_number + len(shard.items)
    start = min(max(int(number), first), end)  # older records are gone; newer numbers are of a folder that was replaced
    read_to[table.table_arn] = max(start, read_to.get(table.table_arn, 0))
    found = shard.get(start, limit)
    return {"NextShardIterator": f"{stream}|{start + len(found)}", "Records": found}


def _add_complete_record(shard: StreamShard, old: Item | None, new: Item | None) -> None:
    keys = {shard.table.hash_key_attr, shard.table.range_key_attr}
    if old is not None or new is None or not keys.issuperset(new.attrs):
        _add_record(shard, old, new)


def apply() -> None:
    """Puts the fixes in."""
    ShardIterator.arn = property(_arn)  # type: ignore[assignment, method-assign]
    DynamoDBStreamsBackend.get_records = _get_records  # type: ignore[method-assign, assignment]
    StreamShard.__init__ = _make_numbered_shard  # type: ignore[method-assign, assignment]
    StreamShard.add = _add_complete_record  # type: ignore[method-assign, assignment]
