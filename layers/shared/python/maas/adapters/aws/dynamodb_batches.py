"""Reads and writes of many items of a table, in as few calls as DynamoDB allows. They raise what its calls raise."""

from collections.abc import Mapping, Sequence
from typing import Any

from maas.adapters.aws.dynamodb_calls import ATTEMPTS, pause
from maas.adapters.aws.dynamodb_table import DynamoTable, Item, Key
from maas.adapters.aws.dynamodb_values import attributes, plain
from maas.domain.errors import Unavailable

BATCH_MAX, WRITES_MAX = 100, 25  # DynamoDB's limits of one BatchGetItem and BatchWriteItem


def get_many(table: DynamoTable, keys: Sequence[Key], projection: str = "") -> list[Item]:
    """The items of these keys as they are stored now, without those that do not exist, in any order.

    `projection` names the attributes that are wanted; all by default.
    """
    batches = (keys[start : start + BATCH_MAX] for start in range(0, len(keys), BATCH_MAX))
    return [item for batch in batches for item in _batch(table, batch, projection)]


def put_many(table: DynamoTable, items: Sequence[Mapping[str, Any]]) -> None:
    """Stores items, of which no two have one key."""
    _write(table, [{"PutRequest": {"Item": attributes(item)}} for item in items])


def delete_many(table: DynamoTable, keys: Sequence[Key]) -> None:
    """Deletes the items of keys, of which no two are equal."""
    _write(table, [{"DeleteRequest": {"Key": attributes(key)}} for key in keys])


def _batch(table: DynamoTable, keys: Sequence[Key], projection: str) -> list[Item]:
    more = {"ProjectionExpression": projection} if projection else {}
    left: Any = {table.name: {"Keys": [attributes(key) for key in keys], "ConsistentRead": True, **more}}
    found = list[Item]()
    for attempt in range(ATTEMPTS):
        if attempt:
            pause(attempt)
        with table.translated_errors():
            answer = table.client.batch_get_item(RequestItems=left)
        found += map(plain, answer["Responses"].get(table.name, []))
        left = answer["UnprocessedKeys"]
        if not left:
            return found
    raise Unavailable(table.unreachable)


def _write(table: DynamoTable, writes: Sequence[Any]) -> None:
    for start in range(0, len(writes), WRITES_MAX):
        _write_batch(table, writes[start : start + WRITES_MAX])


def _write_batch(table: DynamoTable, writes: Sequence[Any]) -> None:
    left: Any = {table.name: writes}
    for attempt in range(ATTEMPTS):
        if attempt:
            pause(attempt)
        with table.translated_errors():
            left = table.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
        if not left:
            return
    raise Unavailable(table.unreachable)
