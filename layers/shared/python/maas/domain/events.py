"""An event on its way from the outbox to the event bus."""

from dataclasses import dataclass

from maas.domain.removals import Removal


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
