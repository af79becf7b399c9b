"""Wiring of the relay function: images of outboxes, from the registry table's stream, become events on the bus."""

import json
from collections.abc import Iterator
from typing import Any

from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent, event_source
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from maas.adapters.aws.event_bus import EventBridgeBus
from maas.domain.events import OutgoingEvent
from maas.platform.observability import logger
from maas.platform.settings import AwsSettings, EventSettings, read
from maas.services.relay import RelayService

service = RelayService(EventBridgeBus(read(EventSettings).bus, read(AwsSettings).endpoint))


@logger.inject_lambda_context(clear_state=True)
@event_source(data_class=DynamoDBStreamEvent)
def handler(batch: DynamoDBStreamEvent, _context: Any) -> dict[str, Any]:
    """Everything from the record that it names comes again, in order.

    Not with Powertools' batch processor, which would go on with the records after one that failed.
    """
    failed = service.deliver(event for record in batch.records for event in _events(record))
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": failed}]}


def _events(record: DynamoDBRecord) -> Iterator[OutgoingEvent]:
    """The events of one commit, each with its place in the model's order."""
    assert record.dynamodb is not None
    image = record.dynamodb.new_image
    position = record.dynamodb.sequence_number
    assert position is not None
    events = json.loads(image["events"])
    for sequence, event in enumerate(events, int(image["sequence"]) - len(events) + 1):
        detail = json.dumps({"sequence": sequence, **event}, ensure_ascii=False, separators=(",", ":"))
        yield OutgoingEvent(position, event["model_id"], event["type"], event["time"], detail)
