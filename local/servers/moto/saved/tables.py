"""Tables with their items and the records of their streams.

Not saved: backups, exports, imports and resource policies.

A stream's record is kept until it is a day old, as on AWS, and until a reader has asked for the records after it: a
record that nobody read before a stop waits for the next start, however late that is.
"""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from moto.core.utils import utcnow
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import StreamRecord, StreamShard, Table

from local.servers.moto import documents, streams
from local.servers.moto.calls import Call
from local.servers.moto.documents import Document, Saved
from local.servers.moto.saved import table_settings
from local.servers.moto.store import Store

_KEPT = timedelta(days=1)
_ON_SETTINGS = ("CreateTable", "Tag", "Untag", "UpdateContinuousBackups", "UpdateTimeToLive")

Written = Iterator[tuple[str, Mapping[str, Any]]]  # table, and attributes with the key


class Tables:
    """The tables of one backend. Of items only those are compared that a call names, because there may be many."""

    name = "dynamodb"

    def __init__(self, backend: DynamoDBBackend, store: Store) -> None:
        self._backend = backend
        self._store = store
        self._settings = Saved()
        self._pending: dict[str, str | None] = {}  # items and records that are not on disk yet
        self._next_number: dict[str, int] = {}  # sequence number of the first record that is not saved, by stream

    def load(self, values: Iterator[tuple[str, Any]]) -> None:
        """Puts saved tables into the backend. Each table's document is older than its items and records."""
        for key, value in values:
            kind, table, rest = key.split("/", 2)
            if kind == "table":
                self._backend.tables[table] = table_settings.table(table, self._backend, value)
            elif kind == "item":
                _put(self._backend.tables[table], value)
            else:
                _append(self._backend.tables[table], int(rest), value)
        self._settings.changes(self._documents())
        self._settings.written()
        self._count_records()

    def changes(self, call: Call) -> Mapping[str, str | None]:
        """What a call has changed. Changes that could not be written yet are among them."""
        with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):  # moto has refused such a call
            for name, attributes in _written(call.action, call.arguments()):
                self._add_item(name, attributes)
        if not call.action.endswith(("Item", "Items")) and not call.action.startswith(_ON_SETTINGS):
            self._add_everything()
        trimmed = [self._add_records(*stream) for stream in self._streams()]
        if any(trimmed) or not call.action.endswith(("Item", "Items")):
            return self._settings.changes(self._documents()) | self._pending
        return self._pending

    def written(self) -> None:
        """Remembers that the last changes are on disk."""
        self._settings.written()
        self._pending.clear()
        self._count_records()

    def _count_records(self) -> None:
        for table, shard in self._streams():
            self._next_number[_stream(table)] = shard.starting_sequence_number + len(shard.items)

    def _streams(self) -> Iterator[tuple[Table, StreamShard]]:
        for table in self._backend.tables.values():
            if table.stream_shard:
                yield table, table.stream_shard

    def _documents(self) -> Iterator[Document]:
        for name, table in self._backend.tables.items():
            yield f"table/{name}/", table_settings.value(table)

    def _add_item(self, name: str, attributes: Mapping[str, Any]) -> None:
        if (table := self._backend.tables.get(name.rpartition("/")[2])) is None:  # it may be named by its ARN
            return
        key = _key(table, attributes)
        hash_key, *range_key = (DynamoType(attributes[each]) for each in table.table_key_attrs)
        item = table.get_item(hash_key, range_key[0] if range_key else None)
        self._pending[key] = None if item is None else documents.dumps(item.to_json()["Attributes"])

    def _add_everything(self) -> None:
        kept: set[str] = set()
        for table in self._backend.tables.values():
            for item in table.all_items():
                attributes = item.to_json()["Attributes"]
                self._pending[_key(table, attributes)] = documents.dumps(attributes)
        for table, shard in self._streams():
            first = shard.starting_sequence_number
            kept.update(f"stream/{table.name}/{number}" for number in range(first, first + len(shard.items)))
        kept.update(self._pending)
        saved = self._store.keys(self.name, "item/") + self._store.keys(self.name, "stream/")
        self._pending |= dict.fromkeys(key for key in saved if key not in kept)

    def _add_records(self, table: Table, shard: StreamShard) -> bool:
        """Adds the records that are new or gone. Returns whether some are gone."""
        first = shard.starting_sequence_number
        for number in range(max(self._next_number.get(_stream(table), first), first), first + len(shard.items)):
            record = shard.items[number - first].record
            self._pending[f"stream/{table.name}/{number}"] = documents.dumps(record)
        read_to, kept_from = streams.read_to.get(table.table_arn, 0), utcnow() - _KEPT
        while shard.items and shard.starting_sequence_number < read_to and _time(shard.items[0]) < kept_from:
            self._pending[f"stream/{table.name}/{shard.starting_sequence_number}"] = None
            del shard.items[0]
            shard.starting_sequence_number += 1
        return shard.starting_sequence_number > first


def _written(action: str, body: Mapping[str, Any]) -> Written:
    """Yields the items that a call names as written."""
    if action == "TransactWriteItems":
        for entry in body.get("TransactItems", []):
            for operation in entry.values():
                yield operation.get("TableName", ""), operation.get("Item") or operation.get("Key", {})
    elif action == "BatchWriteItem":
        for table, entries in body.get("RequestItems", {}).items():
            for entry in entries:
                for operation in entry.values():
                    yield table, operation.get("Item") or operation.get("Key", {})
    elif action in ("PutItem", "UpdateItem", "DeleteItem"):
        yield body.get("TableName", ""), body.get("Item") or body.get("Key", {})


def _key(table: Table, attributes: Mapping[str, Any]) -> str:
    """The key of an item's document. Numbers have one form there, because 1 and 1.0 are one item's key."""
    found = []
    for name in table.table_key_attrs:
        ((kind, value),) = attributes[name].items()
        found.append(format(Decimal(value).normalize(), "f") if kind == "N" else value)
    return f"item/{table.name}/{documents.dumps(found)}"


def _put(table: Table, attributes: Mapping[str, Any]) -> None:
    """Puts an item into a table as it was: without checks, conditions and a record in the stream."""
    values = {name: DynamoType(value) for name, value in attributes.items()}
    hash_key = values[table.hash_key_attr]
    range_key = values[table.range_key_attr] if table.range_key_attr else None
    item = Item(hash_key, range_key, {})
    for name, value in values.items():
        dict.__setitem__(item.attrs, name, value)  # the method of the class adds all sizes up for each attribute
    if range_key is None:
        table.items[hash_key] = item  # type: ignore[assignment]
    else:
        table.items[hash_key][range_key] = item


def _append(table: Table, number: int, record: dict[str, Any]) -> None:
    shard = table.stream_shard
    if shard is None or number != shard.starting_sequence_number + len(shard.items):
        raise ValueError(f"record {number} does not follow the one before it")
    restored = object.__new__(StreamRecord)
    restored.record = record
    shard.items.append(restored)


def _time(record: StreamRecord) -> Any:
    return record.record["dynamodb"]["ApproximateCreationDateTime"]


def _stream(table: Table) -> str:
    return f"{table.table_arn}/stream/{table.latest_stream_label}"
