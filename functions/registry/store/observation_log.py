"""Observations as items of the identity table, whose stream carries them to the bus."""

from functions.registry.store.client import Table
from maas.domain.identity.identity_event import IdentityEvent
from maas.wire.identity.events import ACCESS, events_item


class Observations:
    """Implements functions.registry.server.refusals.ObservationLog."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def append(self, event: IdentityEvent) -> None:
        await self._table.put(events_item(ACCESS, [event]))
