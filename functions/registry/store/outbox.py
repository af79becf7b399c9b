"""The outbox: one item for each model, which every transaction overwrites with the events of its changes.

The table's stream keeps every image of the item, in the order of the commits. docs/decisions/0020-events.md gives the
reason for one item. functions/relay reads the stream.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from functions.registry.events import Event
from functions.registry.ports import LostRace
from functions.registry.store.items import Item, outbox_key
from functions.registry.store.transactions import Write, attributes
from maas.domain.catalog.event_types import EventType

# A deleted model's outbox is needed until its last image has left the stream (24 h), because ids are not used again.
KEPT = timedelta(days=7)


def outbox_writes(events: Sequence[Event]) -> list[Write]:
    """One write for each model of the events. It adds their number to `sequence`, which orders a model's events."""
    models = dict.fromkeys(event.model_id for event in events)
    return [_write(model_id, [event for event in events if event.model_id == model_id]) for model_id in models]


def is_written(outbox: Item, events: Sequence[Event]) -> bool:
    """Returns whether the last transaction of the outbox's model is the one with these events: ids never repeat."""
    return any(event.id in outbox["events"] for event in events)


def _write(model_id: str, events: Sequence[Event]) -> Write:
    values: dict[str, Any] = {":events": _text(events), ":count": len(events)}
    update = "ADD #sequence :count SET #events = :events"
    if any(event.type is EventType.MODEL_DELETED for event in events):
        update += ", expires = :expires"
        values[":expires"] = int((events[0].time + KEPT).timestamp())
    arguments = {
        "Key": attributes(outbox_key(model_id)),
        "UpdateExpression": update,
        "ExpressionAttributeNames": {"#sequence": "sequence", "#events": "events"},
        "ExpressionAttributeValues": attributes(values),
    }
    return Write("Update", arguments, LostRace())


def _text(events: Sequence[Event]) -> str:
    return json.dumps([asdict(event) for event in events], default=datetime.isoformat, separators=(",", ":"))
