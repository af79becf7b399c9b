"""API keys in the identity table: one read, and a note of the last use."""

from contextlib import suppress

from functions.registry.ports import LostRace
from functions.registry.store.client import Table
from functions.registry.store.transactions import Write, attributes
from maas.domain.identity.api_keys import ApiKey
from maas.wire.identity import keys as items
from maas.wire.identity.key_uses import KeyUse


class KeyRecords:
    """Looks keys up. Every method raises Unavailable if the table does not answer."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def key(self, key_id: str) -> ApiKey | None:
        item = await self._table.get(items.key_key(key_id))
        return None if item is None else items.key_of(key_id, item)

    async def note(self, key_id: str, use: KeyUse) -> None:
        """Notes a use, unless another one was noted meanwhile or the key is gone."""
        key = items.key_key(key_id)
        if use.event is None:
            await self._table.update(key, use.update)
            return
        values = attributes(use.update["ExpressionAttributeValues"])
        update = {"Key": attributes(key), **use.update, "ExpressionAttributeValues": values}
        with suppress(LostRace):
            put = Write("Put", {"Item": attributes(dict(use.event))}, LostRace())
            await self._table.transact([Write("Update", update, LostRace()), put])
