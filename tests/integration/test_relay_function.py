"""The relay function with events/relay/*.json and the template's own event bus."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.events.files import MODEL
from tests.support.aws import ROOT, Aws
from tests.support.captured_logs import logged
from tests.support.http_gateway import CONTEXT
from tests.support.subscribers import Subscriber

Relay = Callable[[str], Any]


@pytest.fixture(scope="module")
def relay(aws: Aws) -> Relay:
    handler = aws.load("RelayFunction").handler
    return lambda case: handler(json.loads((ROOT / "events" / "relay" / f"{case}.json").read_text()), CONTEXT)


@pytest.fixture
def subscriber(aws: Aws) -> Subscriber:
    return Subscriber(aws.client, aws.application.functions["RelayFunction"].environment["MAAS_EVENT_BUS"])


def test_events_are_numbered_in_the_models_order(relay: Relay, subscriber: Subscriber) -> None:
    assert relay("two-of-one-model") == {"batchItemFailures": []}
    found = subscriber.details(MODEL)
    assert [(event["sequence"], event["type"]) for event in found] == [
        (1, "ModelCreated"),
        (2, "VersionCreated"),
        (3, "ModelUpdated"),
    ]
    assert [event["detail-type"] for event in subscriber.received] == [event["type"] for event in found]


def test_a_repeated_event_keeps_its_id_and_sequence(relay: Relay, subscriber: Subscriber) -> None:
    relay("one")
    relay("one")
    first, second = subscriber.details(MODEL)
    assert first == second


def test_a_deleted_model_asks_for_the_removal_of_its_files(aws: Aws, relay: Relay) -> None:
    sqs, queue = aws.client("sqs"), aws.application.functions["RelayFunction"].environment["MAAS_REMOVAL_QUEUE_URL"]
    assert relay("deleted") == {"batchItemFailures": []}
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"]) == {
        "tenant_id": "01939e4c-7d2a-7b02-8a41-90c2f3d4e5f6",
        "model_id": "01939e4c-7d2a-7d00-8000-000000000001",
        "version": "",
        "upload_id": "",
        "since": 1795255200,
        "after": "",
        "known_after": "",
    }


def test_an_unreachable_queue_fails_the_record_of_the_deletion(aws: Aws, subscriber: Subscriber) -> None:
    handler: Any = aws.load("RelayFunction")
    handler.service._removals = handler.SqsRemovalQueue("http://127.0.0.1:1/1/queue", "http://127.0.0.1:1")
    event = json.loads((ROOT / "events/relay/deleted.json").read_text())
    with logged() as log:
        answer = handler.handler(event, CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["dynamodb"]["SequenceNumber"]}]}
    assert "the removal queue does not answer" in log()
    assert [detail["type"] for detail in subscriber.details()] == ["ModelDeleted"]


def test_events_of_identity_keep_their_source_and_have_no_number(aws: Aws, relay: Relay) -> None:
    bus = aws.application.functions["RelayFunction"].environment["MAAS_EVENT_BUS"]
    admin = Subscriber(aws.client, bus, {"source": ["maas.identity"]})
    assert relay("identity") == {"batchItemFailures": []}
    founded, joined = admin.details()
    assert (founded["type"], joined["type"]) == ("OrganizationCreated", "UserCreated")
    assert "sequence" not in founded
    assert (joined["object"], joined["address"]) == (f"user/{joined['subject']}", "203.0.113.7")


def test_a_batch_without_events_publishes_nothing(relay: Relay, subscriber: Subscriber) -> None:
    assert relay("nothing") == {"batchItemFailures": []}
    assert subscriber.details() == []


def test_a_record_that_is_not_an_outbox_fails_the_batch(relay: Relay) -> None:
    with pytest.raises(KeyError):
        relay("no-events")


def test_an_unreachable_bus_fails_the_first_record(aws: Aws, subscriber: Subscriber) -> None:
    handler: Any = aws.load("RelayFunction")
    handler.service = handler.RelayService(
        handler.EventBridgeBus("no-such-bus", "http://127.0.0.1:1"), handler.service._removals
    )
    event = json.loads((ROOT / "events/relay/two-of-one-model.json").read_text())
    with logged() as log:
        answer = handler.handler(event, CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["dynamodb"]["SequenceNumber"]}]}
    assert "an event is late" in log()
    assert subscriber.details() == []
