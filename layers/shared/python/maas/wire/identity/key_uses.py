"""A use of an API key as writes of the identity table: the note in its record, and an event for a new network."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from maas.domain.identity.actors import Actor
from maas.domain.identity.api_keys import ApiKey
from maas.domain.identity.observations import key_used_from_new_network, network_change
from maas.domain.identity.pauses import Pauses
from maas.wire.identity.events import ACCESS, events_item
from maas.wire.identity.keys import use_at


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Arguments of UpdateItem for the key's record, and the item of an event that is put with it, if there is one."""

    update: Mapping[str, Any]
    event: Mapping[str, Any] | None = None


def use_of(key: ApiKey, now: datetime, by: Actor, pauses: Pauses) -> KeyUse | None:
    """The writes of a use now; None if none is due. A new network is told at once, and otherwise a use each minute."""
    change = network_change(key, by.address)
    if change and pauses.is_due((key.id, change[1]), now.timestamp()):
        event = key_used_from_new_network(key.tenant_id, key.id, *change, by, now)
        return KeyUse(use_at(now, by.address, seen=key.last_used_from), events_item(ACCESS, [event]))
    return KeyUse(use_at(now, by.address)) if key.needs_note(now) else None
