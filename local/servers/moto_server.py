"""moto's server with fixes: `python -m local.servers.moto_server -H HOST -p PORT`.

- For its dashboard moto keeps every object it ever created, and each DynamoDB transaction copies whole tables in case
  it must roll back. Memory grew by 4 MB for every created model, until the machine was full. Here no objects are kept.
- moto makes that copy once for each item of a transaction. Here it is made once for each transaction.
- A rollback also reverts concurrent writes of others, and the stream keeps records of reverted writes. Here calls to
  DynamoDB and to its streams run one at a time.
- After a rollback, existing stream iterators read the table object from before it. Here they read the current one.
- An update that creates an item gives two stream records, the first one with the keys alone. Here the first is dropped.
- moto ignores the ClientRequestToken of a transaction, so a repeat after a lost answer is refused because of itself.
  Here a repeat with the token of a committed transaction gets the same answer for 10 minutes, as on AWS.
- Each read of a stream leaves an iterator behind. Here iterators are kept only by reads that return records.
"""

import copy
import threading
import time
from typing import Any

from moto.core.common_models import BaseModel
from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import StreamShard, Table
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.models import ShardIterator
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler
from moto.server import main

_LOCK = threading.RLock()
_TOKEN_SECONDS = 600
_call_action = DynamoHandler.call_action
_call_stream_action = DynamoDBStreamsHandler.call_action
_get_records = ShardIterator.get
_add_record = StreamShard.add
_transact = models.DynamoDBBackend.transact_write_items
_transact_action = DynamoHandler.transact_write_items
_committed: dict[str, tuple[float, Any]] = {}  # time and answer of transactions by token, oldest first


class _CopyModule:
    """Replaces the module `copy` in moto's DynamoDB: a table is copied once for each transaction."""

    copy = staticmethod(copy.copy)

    def __init__(self) -> None:
        self.tables: dict[int, Any] = {}

    def deepcopy(self, value: Any) -> Any:
        if not isinstance(value, Table):
            return copy.deepcopy(value)
        if id(value) not in self.tables:
            self.tables[id(value)] = copy.deepcopy(value)
        return self.tables[id(value)]


_COPIES = _CopyModule()


def _new_untracked(cls: type[BaseModel], *_args: Any, **_kwargs: Any) -> BaseModel:
    return object.__new__(cls)


def _call_action_locked(handler: DynamoHandler) -> Any:
    with _LOCK:
        return _call_action(handler)


def _call_stream_action_locked(handler: DynamoDBStreamsHandler) -> Any:
    with _LOCK:
        return _call_stream_action(handler)


def _get_current_records(iterator: ShardIterator, limit: int = 1000) -> dict[str, Any]:
    backend, table = iterator.streams_backend, iterator.stream_shard.table
    iterator.stream_shard = backend.dynamodb.tables[table.name].stream_shard  # type: ignore[assignment]
    found = _get_records(iterator, limit)
    if not found["Records"]:
        del backend.shard_iterators[found["NextShardIterator"]]
        found["NextShardIterator"] = iterator.arn
    return found


def _add_complete_record(shard: StreamShard, old: Item | None, new: Item | None) -> None:
    keys = {shard.table.hash_key_attr, shard.table.range_key_attr}
    if old is not None or new is None or not keys.issuperset(new.attrs):
        _add_record(shard, old, new)


def _copy_shard(shard: StreamShard, memo: dict[int, Any]) -> StreamShard:
    """Copies the list but not its records, which never change."""
    twin = copy.copy(shard)
    twin.table, twin.items = memo[id(shard.table)], [*shard.items]
    return twin


def _transact_with_one_copy(backend: models.DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    try:
        _transact(backend, transact_items)
    finally:
        _COPIES.tables.clear()


def _transact_once_for_each_token(handler: DynamoHandler) -> Any:
    now, token = time.monotonic(), handler.body.get("ClientRequestToken", "")
    while _committed and next(iter(_committed.values()))[0] < now - _TOKEN_SECONDS:
        del _committed[next(iter(_committed))]
    if token not in _committed:
        answer = _transact_action(handler)
        if not token:
            return answer
        _committed[token] = (now, answer)
    return _committed[token][1]


if __name__ == "__main__":
    BaseModel.__new__ = _new_untracked  # type: ignore[method-assign]
    DynamoHandler.call_action = _call_action_locked  # type: ignore[method-assign]
    DynamoHandler.transact_write_items = _transact_once_for_each_token  # type: ignore[method-assign, assignment]
    models.DynamoDBBackend.transact_write_items = _transact_with_one_copy  # type: ignore[method-assign, assignment]
    DynamoDBStreamsHandler.call_action = _call_stream_action_locked  # type: ignore[method-assign, assignment]
    ShardIterator.get = _get_current_records  # type: ignore[method-assign, assignment]
    StreamShard.add = _add_complete_record  # type: ignore[method-assign, assignment]
    StreamShard.__deepcopy__ = _copy_shard  # type: ignore[attr-defined]
    models.copy = _COPIES  # type: ignore[assignment, attr-defined]
    main()
