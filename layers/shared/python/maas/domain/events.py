"""An event on its way from the outbox to the bus."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """`detail` is the event as JSON, `time` in ISO 8601; `position` is that of the stream's record it came in."""

    position: str
    model_id: str
    type: str
    time: str
    detail: str
