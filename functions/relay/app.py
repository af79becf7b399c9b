"""Wiring of the relay function: reads outboxes from the registry table's stream and puts their events on the bus,
and queues the removal of files that lose their use.
"""

import json
from collections.abc import Iterator
from typing import Any

from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent, event_source
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from maas.adapters.aws.event_bus import EventBridgeBus
from maas.adapters.aws.removal_queue import SqsRemovalQueue
from maas.domain.events import OutgoingEvent
from maas.domain.removals import removal_after
from maas.platform.observability import logger
from maas.platform.settings import AwsSettings, EventSettings, RemovalQueueSettings, read
from maas.services.relay import RelayService

endpoint = read(AwsSettings).endpoint
service = RelayService(
    EventBridgeBus(read(EventSettings).bus, endpoint), SqsRemovalQueue(read(RemovalQueueSettings).url, endpoint)
)


@logger.inject_lambda_context(clear_state=True)
@event_source(data_class=DynamoDBStreamEvent)
def handler(batch: DynamoDBStreamEvent, _context: Any) -> dict[str, Any]:
    """Returns the first record that failed; the stream delivers it and all later records again, in order.

    Powertools' batch processor is not used: it would continue with the records after the failed one.
    """
    failed = service.deliver(event for record in batch.records for event in _events(record))
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": failed}]}


def _events(record: DynamoDBRecord) -> Iterator[OutgoingEvent]:
    """The events of one commit, numbered in the order of the model's events."""
    assert record.dynamodb is not None
    image = record.dynamodb.new_image
    position = record.dynamodb.sequence_number
    assert position is not None
    events = json.loads(image["events"])
    for sequence, event in enumerate(events, int(image["sequence"]) - len(events) + 1):
        detail = json.dumps({"sequence": sequence, **event}, ensure_ascii=False, separators=(",", ":"))
        yield OutgoingEvent(position, event["model_id"], event["type"], event["time"], detail, removal_after(event))
