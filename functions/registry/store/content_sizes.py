"""The sizes of contents in the registry's table: whether an organization may have a file of a size.

`SIZES#<tenant>` has an item for each content, under its size and its digest. Contents that an earlier release has added
lack it. They get it here, a page at each question, and until the last page the answer is that there may be one.
docs/decisions/0107-files-are-hashed-while-they-are-sent.md has the reasons.
"""

from collections.abc import Sequence
from contextlib import suppress

from functions.registry.ports import LostRace
from functions.registry.store import items
from functions.registry.store.client import Table, query_of, values
from functions.registry.store.items import Item
from functions.registry.store.transactions import Write, attributes
from maas.domain.uploads.contents import Content

# Contents of earlier releases that one question goes through, each in a transaction of two items.
PAGE = 50


class ContentSizes:
    """The sizes of the contents of a table. Reads are strongly consistent."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def may_have(self, tenant_id: str, size: int) -> bool:
        """See functions.registry.content_ports.Contents.may_have_size."""
        if not await self._complete(tenant_id):
            return True
        bound = {":pk": items.sized_key(tenant_id)["pk"], ":prefix": items.size_prefix(size)}
        query = {**query_of("pk = :pk AND begins_with(sk, :prefix)", bound), "Limit": 1}
        return bool(await self._page(query))

    async def _complete(self, tenant_id: str) -> bool:
        """Returns whether all contents have their items, and gives them to the next page of those that may not."""
        key = items.sized_key(tenant_id)
        note = await self._table.get(key) or {}
        if note.get("complete"):
            return True
        bound = {":pk": items.content_key(tenant_id, "")["pk"], ":after": note.get("after", " ")}
        heads = await self._page({**query_of("pk = :pk AND sk > :after", bound), "Limit": PAGE})
        await self._add(tenant_id, heads)
        complete = len(heads) < PAGE
        await self._table.put({**key, "complete": True} if complete else {**key, "after": heads[-1]["sk"]})
        return complete

    async def _page(self, query: Item) -> Sequence[Item]:
        """The first page of a Query without a filter: if it is shorter than its limit, there are no more."""
        async for page in self._table.query(**query):
            return values(page)
        return []

    async def _add(self, tenant_id: str, heads: Sequence[Item]) -> None:
        writes = [_sized_head(tenant_id, head) for head in heads]
        if not writes:
            return
        try:
            await self._table.transact([write for each in writes for write in each])
        except LostRace:  # one of the contents is gone by now
            for each in writes:
                with suppress(LostRace):
                    await self._table.transact(each)


def sized(content: Content) -> Write:
    """The write of a content's size, for the transaction that adds the content."""
    return Write("Put", {"Item": attributes(_key(content))}, LostRace())


def unsized(content: Content) -> Write:
    """The removal of a content's size, for the transaction that removes the content."""
    return Write("Delete", {"Key": attributes(_key(content))}, LostRace())


def _sized_head(tenant_id: str, head: Item) -> list[Write]:
    """The write of a stored content's size, on the condition that the content is still there."""
    key = items.content_key(tenant_id, head["sk"])
    present = {"Key": attributes(key), "ConditionExpression": "attribute_exists(pk)"}
    place = items.content_size_key(tenant_id, int(head["size"]), head["sk"])
    return [Write("ConditionCheck", present, LostRace()), Write("Put", {"Item": attributes(place)}, LostRace())]


def _key(content: Content) -> Item:
    return items.content_size_key(content.tenant_id, content.size, content.sha256)
