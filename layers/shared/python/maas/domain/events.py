"""An event on its way from the outbox to the event bus."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maas.domain.removals import Removal

# Bytes of an event. EventBridge and SQS take 256 KiB, with all that they add to it.
DETAIL_MAX = 240 * 1024


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event to publish. `detail` is the event as JSON and `time` is in ISO 8601.

    Events with one `line` arrive at the bus in the order of their commits.

    `position` is the sequence number of the stream record that contains the event.
    `removal` is the removal of files that the event asks for.
    """

    position: str
    line: str
    source: str
    type: str
    time: str
    detail: str
    removal: Removal | None = None


def detail_of(event: Mapping[str, Any]) -> str:
    """The event as JSON. One that the bus would refuse has no summaries: it would stop all events behind it."""
    text = _json(event)
    return text if len(text.encode()) <= DETAIL_MAX else _json({**event, "before": None, "after": None})


def _json(event: Mapping[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
