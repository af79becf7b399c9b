"""A subscriber of the event bus as docs/events.md describes it: a rule with a queue as its target."""

import json
import secrets
from collections.abc import Callable
from typing import Any

_PAGE = 10


class Subscriber:
    """A rule and a queue, made with boto3 clients from `client`.

    `received` holds the events so far, as EventBridge sends them.
    """

    def __init__(self, client: Callable[[str], Any], bus: str, pattern: Any = None) -> None:
        self._sqs, events, name = client("sqs"), client("events"), f"subscriber-{secrets.token_hex(4)}"
        self._queue = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        pattern = pattern or {"source": ["maas.registry"]}
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}])
        self.received: list[dict[str, Any]] = []

    def receive(self) -> bool:
        """Takes the queue's next messages; returns False if it is empty."""
        found = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=_PAGE).get("Messages", [])
        for message in found:
            self.received.append(json.loads(message["Body"]))
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return bool(found)

    def details(self, model_id: str = "") -> list[dict[str, Any]]:
        """Empties the queue and returns the events received so far, of one model or of all."""
        while self.receive():
            pass
        details = [event["detail"] for event in self.received]
        return [each for each in details if not model_id or each["model_id"] == model_id]
