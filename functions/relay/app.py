"""Wiring of the relay function: reads outboxes from the streams of both tables and puts their events on the bus, and
queues the removal of files that lose their use.
"""

from maas.entrypoints.cold_start import ready

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent, event_source
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from maas.adapters.aws.event_bus import EventBridgeBus
from maas.adapters.aws.removal_queue import SqsRemovalQueue
from maas.domain.events import OutgoingEvent, detail_of
from maas.domain.removals import removal_after
from maas.platform.environment import AwsSettings, read
from maas.platform.observability import logger
from maas.platform.settings.events import EventSettings
from maas.platform.settings.removals import RemovalQueueSettings
from maas.services.relay import RelayService

REGISTRY = "maas.registry"  # the source of the registry's events, on the bus

endpoint = read(AwsSettings).endpoint
service = RelayService(
    EventBridgeBus(read(EventSettings).bus, endpoint), SqsRemovalQueue(read(RemovalQueueSettings).url, endpoint)
)


@ready
@logger.inject_lambda_context(clear_state=True)
@event_source(data_class=DynamoDBStreamEvent)
def handler(batch: DynamoDBStreamEvent, _context: Any) -> dict[str, Any]:
    """Returns the first record that failed; the stream delivers it and all later records again, in order.

    Powertools' batch processor is not used: it would continue with the records after the failed one.
    """
    failed = service.deliver(event for record in batch.records for event in _events(record))
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": failed}]}


def _events(record: DynamoDBRecord) -> Iterator[OutgoingEvent]:
    """The events of one commit: of the registry, or of the identity table, whose item names their source."""
    assert record.dynamodb is not None
    image = record.dynamodb.new_image
    position = record.dynamodb.sequence_number
    assert position is not None
    events = json.loads(image["events"])
    yield from _named(position, image["source"], events) if "source" in image else _numbered(position, image, events)


def _numbered(position: str, image: Mapping[str, Any], events: Sequence[Any]) -> Iterator[OutgoingEvent]:
    """Events of the registry, numbered in the order of the model's events."""
    for sequence, event in enumerate(events, int(image["sequence"]) - len(events) + 1):
        detail, removal = detail_of({"sequence": sequence, **event}), removal_after(event)
        yield OutgoingEvent(position, event["model_id"], REGISTRY, event["type"], event["time"], detail, removal)


def _named(position: str, source: str, events: Sequence[Any]) -> Iterator[OutgoingEvent]:
    """Events of the identity table, which have no order: none of them waits for another one."""
    for event in events:
        yield OutgoingEvent(position, event["id"], source, event["type"], event["time"], detail_of(event))
