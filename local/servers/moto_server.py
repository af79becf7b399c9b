"""moto's server, mended: `python -m local.servers.moto_server -H HOST -p PORT`.

- For its dashboard moto keeps every object that it ever made, and each DynamoDB transaction copies whole tables to be
  able to go back: 4 MB more for every model created, until the machine is full. Here it keeps none.
- It makes that copy once for every item of the transaction. Here, once for a transaction.
- A transaction that goes back takes with it what others wrote meanwhile, and a stream shows what it had written. Here
  DynamoDB's calls, and its streams', come one by one.
- After a transaction that went back a stream's reader looks at the table of before for ever. Here, at that of now.
- In a stream an update of what is not there is two records, the first of the keys alone. Here, that one is left out.
- Each look at a stream leaves an iterator behind. Here, only one that finds something.
"""

import copy
import threading
from typing import Any

from moto.core.common_models import BaseModel
from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import StreamShard, Table
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.models import ShardIterator
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler
from moto.server import main

_ONE_BY_ONE = threading.RLock()
_call_action = DynamoHandler.call_action
_call_stream_action = DynamoDBStreamsHandler.call_action
_records = ShardIterator.get
_add = StreamShard.add
_transact = models.DynamoDBBackend.transact_write_items


class _CopyModule:
    """Stands in for `copy` in moto's DynamoDB: of a table, one copy for each transaction."""

    copy = staticmethod(copy.copy)

    def __init__(self) -> None:
        self.tables: dict[int, Any] = {}

    def deepcopy(self, thing: Any) -> Any:
        if not isinstance(thing, Table):
            return copy.deepcopy(thing)
        if id(thing) not in self.tables:
            self.tables[id(thing)] = copy.deepcopy(thing)
        return self.tables[id(thing)]


_COPIES = _CopyModule()


def _untracked(cls: type[BaseModel], *_args: Any, **_kwargs: Any) -> BaseModel:
    return object.__new__(cls)


def _one_by_one(handler: DynamoHandler) -> Any:
    with _ONE_BY_ONE:
        return _call_action(handler)


def _streams_one_by_one(handler: DynamoDBStreamsHandler) -> Any:
    with _ONE_BY_ONE:
        return _call_stream_action(handler)


def _records_of_now(iterator: ShardIterator, limit: int = 1000) -> dict[str, Any]:
    backend, table = iterator.streams_backend, iterator.stream_shard.table
    iterator.stream_shard = backend.dynamodb.tables[table.name].stream_shard  # type: ignore[assignment]
    found = _records(iterator, limit)
    if not found["Records"]:
        del backend.shard_iterators[found["NextShardIterator"]]
        found["NextShardIterator"] = iterator.arn
    return found


def _add_whole_items(shard: StreamShard, old: Item | None, new: Item | None) -> None:
    keys = {shard.table.hash_key_attr, shard.table.range_key_attr}
    if old is not None or new is None or not keys.issuperset(new.attrs):
        _add(shard, old, new)


def _copied_shard(shard: StreamShard, memo: dict[int, Any]) -> StreamShard:
    """Records never change, so they need no copies."""
    twin = copy.copy(shard)
    twin.table, twin.items = memo[id(shard.table)], [*shard.items]
    return twin


def _copying_once(backend: models.DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    try:
        _transact(backend, transact_items)
    finally:
        _COPIES.tables.clear()


if __name__ == "__main__":
    BaseModel.__new__ = _untracked  # type: ignore[method-assign]
    DynamoHandler.call_action = _one_by_one  # type: ignore[method-assign]
    models.DynamoDBBackend.transact_write_items = _copying_once  # type: ignore[method-assign, assignment]
    DynamoDBStreamsHandler.call_action = _streams_one_by_one  # type: ignore[method-assign, assignment]
    ShardIterator.get = _records_of_now  # type: ignore[method-assign, assignment]
    StreamShard.add = _add_whole_items  # type: ignore[method-assign, assignment]
    StreamShard.__deepcopy__ = _copied_shard  # type: ignore[attr-defined]
    models.copy = _COPIES  # type: ignore[assignment, attr-defined]
    main()
