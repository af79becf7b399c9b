"""The outbox: one item for each model, which a transaction overwrites with the events of what it changes.

The table's stream keeps every image of the item, and keeps the order of one item's images: that of the commits.
docs/decisions/0020-events.md says why it is one item, and what reads it (functions/relay).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from functions.registry.events import Event, EventType
from functions.registry.ports import LostRace
from functions.registry.store.items import outbox_key
from functions.registry.store.transactions import Write, attributes

# An id is never used twice, so a deleted model's outbox is needed until the stream has forgotten it (24 h).
KEPT = timedelta(days=7)


def outbox_writes(events: Sequence[Event]) -> list[Write]:
    """One write for each model that the events are about: they are counted, so that each has its place."""
    models = dict.fromkeys(event.model_id for event in events)
    return [_write(model_id, [event for event in events if event.model_id == model_id]) for model_id in models]


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
