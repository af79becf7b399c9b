"""API keys in the identity table: one read, and a note of the last use."""

from datetime import datetime

from functions.registry.store.client import Table
from maas.domain.identity.api_keys import ApiKey
from maas.wire.identity import keys as items


class KeyRecords:
    """Looks keys up. Every method raises Unavailable if the table does not answer."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def key(self, key_id: str) -> ApiKey | None:
        item = await self._table.get(items.key_key(key_id))
        return None if item is None else items.key_of(key_id, item)

    async def note_use(self, key_id: str, now: datetime, address: str) -> None:
        """Notes a use, unless one was noted within the minute before or the key is gone."""
        await self._table.update(items.key_key(key_id), items.use_at(now, address))
