"""The contents of organizations in the registry's table.

`CONTENT#<tenant>` has an item for each digest, with the key of its file and the number of its `uses` by other uploads.
`FILES` has an entry for each file of which the content is known, under the file's own key. A content's uses
change in the transaction of their entries, so a content without uses can be condemned by one condition. The item with
a content's size comes and goes in the transactions of the content's own (content_sizes.py).
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from functions.registry.ports import LostRace
from functions.registry.store import items
from functions.registry.store.client import READ_MAX, Table, query_of, values
from functions.registry.store.content_sizes import ContentSizes, sized, unsized
from functions.registry.store.items import Item
from functions.registry.store.transactions import Write, attributes
from maas.domain.uploads.contents import Content, FileEntry
from maas.domain.uploads.sessions import UploadState

# Contents of one transaction: three items each.
_ADDED_AT_ONCE = 25
_ABSENT, _PRESENT = "attribute_not_exists(pk)", "attribute_exists(pk)"


class DynamoContents:
    """Implements functions.registry.content_ports.Contents."""

    def __init__(self, table: Table) -> None:
        self._table, self._sizes = table, ContentSizes(table)

    async def contents(self, tenant_id: str, digests: Sequence[str]) -> list[Content]:
        found = await self._held([items.content_key(tenant_id, digest) for digest in dict.fromkeys(digests)])
        return [_content(tenant_id, item) for item in found if not item.get("condemned")]

    async def may_have_size(self, tenant_id: str, size: int) -> bool:
        return await self._sizes.may_have(tenant_id, size)

    async def add(self, contents: Sequence[Content]) -> None:
        """Reads first what is there: a call that is repeated after its time was over goes on where it stopped."""
        held = await self._held([items.content_key(content.tenant_id, content.sha256) for content in contents])
        there = {(item["pk"], item["sk"]) for item in held}
        new = [content for content in contents if _place(content) not in there]
        for start in range(0, len(new), _ADDED_AT_ONCE):
            batch = new[start : start + _ADDED_AT_ONCE]
            try:
                await self._table.transact([write for content in batch for write in _added(content)])
            except LostRace:  # there is one with a digest of the batch
                for content in batch:
                    with suppress(LostRace):
                        await self._table.transact(_added(content))

    async def reuse(self, upload_id: str, entry: FileEntry) -> bool:
        head, bound = items.content_key(entry.tenant_id, entry.sha256), {":one": 1, ":key": entry.storage_key}
        used = _update(head, "ADD uses :one", bound, "storage_key = :key AND attribute_not_exists(condemned)")
        try:
            await self._table.transact([_is_open(upload_id), used, _put(_entry_item(entry))])
        except LostRace:
            return await self._entry(entry.key) == entry
        return True

    async def entries(self, prefix: str, *, limit: int, after: str = "") -> list[FileEntry]:
        bound = {":pk": items.entry_key("")["pk"], ":prefix": prefix}
        start = {"ExclusiveStartKey": attributes(items.entry_key(after))} if after else {}
        query = {**query_of("pk = :pk AND begins_with(sk, :prefix)", bound), **start, "Limit": limit}
        found: list[Item] = []
        async for page in self._table.query(**query):
            found += values(page)
            if len(found) >= limit:
                break
        return [_entry(item) for item in found[:limit]]

    async def drop(self, entry: FileEntry) -> None:
        key = items.entry_key(entry.key)
        gone = Write("Delete", {"Key": attributes(key), "ConditionExpression": _PRESENT}, LostRace())
        head = items.content_key(entry.tenant_id, entry.sha256)
        less = _update(head, "ADD uses :less", {":less": -1, ":key": entry.storage_key}, "storage_key = :key")
        try:
            await self._table.transact([gone, less])
        except LostRace:  # an earlier call has dropped it, or its content is gone
            await self._table.delete([key])

    async def condemn(self, key: str) -> bool:
        entry = await self._entry(key)
        if entry is None or entry.is_reuse:
            return True
        head = items.content_key(entry.tenant_id, entry.sha256)
        unused = {":condemned": True, ":key": key, ":none": 0}
        condemned = _update(head, "SET condemned = :condemned", unused, "storage_key = :key AND uses <= :none")
        try:
            await self._table.transact([condemned])
        except LostRace:
            found = await self._table.get(head)
            return found is None or found["storage_key"] != key
        return True

    async def forget(self, key: str) -> None:
        entry = await self._entry(key)
        if entry is None or entry.is_reuse:
            return
        head = items.content_key(entry.tenant_id, entry.sha256)
        found = await self._table.get(head)
        if found and found["storage_key"] == key:
            with suppress(LostRace):  # the digest has another file by now, or none
                await self._table.transact([_removal(head, key), unsized(_content(entry.tenant_id, found))])
        await self._table.delete([items.entry_key(key)])

    async def _held(self, keys: Sequence[Item]) -> list[Item]:
        found: list[Item] = []
        for start in range(0, len(keys), READ_MAX):
            found += await self._table.get_many(keys[start : start + READ_MAX], consistent=True)
        return found

    async def _entry(self, key: str) -> FileEntry | None:
        item = await self._table.get(items.entry_key(key))
        return None if item is None else _entry(item)


def _place(content: Content) -> tuple[str, str]:
    key = items.content_key(content.tenant_id, content.sha256)
    return key["pk"], key["sk"]


def _added(content: Content) -> list[Write]:
    item = {
        **items.content_key(content.tenant_id, content.sha256),
        "storage_key": content.storage_key,
        "size": content.size,
        "uses": 0,
    }
    key = content.storage_key
    entry = FileEntry(tenant_id=content.tenant_id, key=key, sha256=content.sha256, storage_key=key)
    return [_put(item), _put(_entry_item(entry)), sized(content)]


def _removal(head: Item, key: str) -> Write:
    """The removal of a content whose file is the one under this key."""
    bound = {"ConditionExpression": "storage_key = :key", "ExpressionAttributeValues": attributes({":key": key})}
    return Write("Delete", {"Key": attributes(head), **bound}, LostRace())


def _is_open(upload_id: str) -> Write:
    check = {
        "Key": attributes(items.upload_key(upload_id)),
        "ConditionExpression": "#state = :open",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": attributes({":open": str(UploadState.OPEN)}),
    }
    return Write("ConditionCheck", check, LostRace())


def _update(key: Item, expression: str, bound: dict[str, Any], condition: str) -> Write:
    arguments = {
        "Key": attributes(key),
        "UpdateExpression": expression,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": attributes(bound),
    }
    return Write("Update", arguments, LostRace())


def _put(item: Item) -> Write:
    return Write("Put", {"Item": attributes(item), "ConditionExpression": _ABSENT}, LostRace())


def _entry_item(entry: FileEntry) -> Item:
    key = items.entry_key(entry.key)
    return {**key, "tenant_id": entry.tenant_id, "sha256": entry.sha256, "storage_key": entry.storage_key}


def _entry(item: Item) -> FileEntry:
    return FileEntry(
        tenant_id=item["tenant_id"], key=item["sk"], sha256=item["sha256"], storage_key=item["storage_key"]
    )


def _content(tenant_id: str, item: Item) -> Content:
    return Content(tenant_id=tenant_id, sha256=item["sk"], size=int(item["size"]), storage_key=item["storage_key"])
