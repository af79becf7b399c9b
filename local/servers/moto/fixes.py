"""Fixes of moto's DynamoDB.

- For its dashboard moto keeps every object it ever created, and each DynamoDB transaction copies whole tables in case
  it must roll back. Memory grew by 4 MB for every created model, until the machine was full. Here no objects are kept.
- moto makes that copy once for each item of a transaction. Here it is made once for each transaction, and of the items
  that the transaction names. With 10,000 items a transaction took seconds.
- A rollback also reverts concurrent writes of others, and the stream keeps records of reverted writes. Here calls to
  DynamoDB and to its streams run one at a time (`locks`).
- moto ignores the ClientRequestToken of a transaction, so a repeat after a lost answer is refused because of itself.
  Here a repeat with the token of a committed transaction gets the same answer for 10 minutes, as on AWS.
"""

import contextlib
import copy
import time
from typing import Any

from moto.core.common_models import BaseModel
from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

_TOKEN_SECONDS = 600
_transact = models.DynamoDBBackend.transact_write_items
_transact_action = DynamoHandler.transact_write_items
_committed: dict[str, tuple[float, Any]] = {}  # time and answer of transactions by token, oldest first


class _CopyModule:
    """Replaces the module `copy` in moto's DynamoDB: the copy of a table is what a rollback of a transaction needs."""

    copy = staticmethod(copy.copy)

    def __init__(self) -> None:
        self.operations: list[Any] = []  # of the transaction
        self.tables: dict[int, Table] = {}

    def deepcopy(self, value: Any) -> Any:
        if not isinstance(value, Table):
            return copy.deepcopy(value)
        if id(value) not in self.tables:
            named = [each for each in self.operations if each.get("TableName") == value.name]
            self.tables[id(value)] = _copy_for_rollback(value, named)
        return self.tables[id(value)]


_COPIES = _CopyModule()


def _copy_for_rollback(table: Table, operations: list[Any]) -> Table:
    """A copy that shares all items with the table but those that the operations name, which change in place."""
    twin = copy.copy(table)
    twin.items = table.items.copy()
    for operation in operations:
        attributes = operation.get("Item") or operation.get("Key", {})
        with contextlib.suppress(KeyError, TypeError, ValueError):  # moto will refuse such an operation
            hash_key, *range_key = (DynamoType(attributes[name]) for name in table.table_key_attrs)
            if (found := table.items.get(hash_key)) is None:
                continue
            if not range_key:
                twin.items[hash_key] = copy.deepcopy(found)
                continue
            if twin.items[hash_key] is found:
                twin.items[hash_key] = found.copy()
            if (item := found.get(range_key[0])) is not None:
                twin.items[hash_key][range_key[0]] = copy.deepcopy(item)
    if table.stream_shard is not None:
        twin.stream_shard = copy.copy(table.stream_shard)
        twin.stream_shard.table, twin.stream_shard.items = twin, [*table.stream_shard.items]
    return twin


def _new_untracked(cls: type[BaseModel], *_args: Any, **_kwargs: Any) -> BaseModel:
    return object.__new__(cls)


def _transact_with_one_copy(backend: models.DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    _COPIES.operations = [operation for item in transact_items for operation in item.values()]
    try:
        _transact(backend, transact_items)
    finally:
        _COPIES.operations.clear()
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


def apply() -> None:
    """Puts the fixes in."""
    BaseModel.__new__ = _new_untracked  # type: ignore[method-assign]
    DynamoHandler.transact_write_items = _transact_once_for_each_token  # type: ignore[method-assign, assignment]
    models.DynamoDBBackend.transact_write_items = _transact_with_one_copy  # type: ignore[method-assign, assignment]
    models.copy = _COPIES  # type: ignore[assignment, attr-defined]
