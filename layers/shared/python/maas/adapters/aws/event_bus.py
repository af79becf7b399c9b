"""The event bus in EventBridge."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import boto3
from botocore import exceptions

from maas.adapters.aws import call_time
from maas.domain.errors import Unavailable
from maas.domain.events import OutgoingEvent


class EventBridgeBus:
    """The EventBus port. `endpoint` empty means AWS itself."""

    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    batch_max, size_max = 10, 256 * 1024

    def __init__(self, name: str, endpoint: str = "") -> None:
        self._name = name
        self._events: Any = boto3.client("events", endpoint_url=endpoint or None, config=call_time.config())

    def size(self, event: OutgoingEvent) -> int:
        """The size as EventBridge counts it: 14 bytes for the time, and the UTF-8 length of the texts."""
        return 14 + sum(len(text.encode()) for text in (event.source, event.type, event.detail))

    def put(self, events: Sequence[OutgoingEvent]) -> list[str]:
        try:
            answer = self._events.put_events(Entries=[self._entry(event) for event in events])
        except (exceptions.ClientError, exceptions.ConnectionError, exceptions.HTTPClientError) as error:
            raise Unavailable(f"EventBridge does not take events: {type(error).__name__}") from error
        return [result.get("ErrorCode", "") for result in answer["Entries"]]

    def _entry(self, event: OutgoingEvent) -> dict[str, Any]:
        return {
            "EventBusName": self._name,
            "Source": event.source,
            "DetailType": event.type,
            "Time": datetime.fromisoformat(event.time),
            "Detail": event.detail,
        }
