"""The auditor function with events/auditor/*.json, and between the template's own bus, queue, bucket and table."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from maas.adapters.aws.audit.index import DynamoAuditIndex
from maas.domain.audit.filters import AuditFilter, Period
from maas.domain.audit.verification import Verification
from maas.domain.ids import new_id
from tests.support.audit_logs import detail, message
from tests.support.aws import ROOT, Aws
from tests.support.http_gateway import CONTEXT

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@pytest.fixture(scope="module")
def environment(aws: Aws) -> Mapping[str, str]:
    return aws.application.functions["AuditorFunction"].environment


@pytest.fixture(scope="module")
def handler(aws: Aws) -> Handler:
    found: Handler = aws.load("AuditorFunction").handler
    return found


@pytest.fixture
def index(aws: Aws, environment: Mapping[str, str]) -> DynamoAuditIndex:
    return DynamoAuditIndex(environment["MAAS_AUDIT_TABLE"], aws.endpoint)


def records(bodies: Mapping[str, str]) -> dict[str, Any]:
    return {"Records": [{"messageId": name, "body": body} for name, body in bodies.items()]}


def now(organization: str, **more: Any) -> dict[str, Any]:
    return detail(organization, **({"time": datetime.now(UTC).isoformat()} | more))


@pytest.mark.parametrize(("case", "failed"), [("two", 0), ("one-good-one-bad", 1)])
def test_events_of_the_files_are_recorded_once(
    handler: Handler, index: DynamoAuditIndex, case: str, failed: int
) -> None:
    event = json.loads((ROOT / "events" / "auditor" / f"{case}.json").read_text())
    for _ in range(2):
        assert len(handler(event, CONTEXT)["batchItemFailures"]) == failed
    found = index.find("01939e4c-7d2a-7b02-8a41-90c2f3d4e5f6", AuditFilter(), limit=100, after="")
    ids = [record["id"] for record in found.items]
    assert len(set(ids)) == len(ids)
    assert "01939e4c-7d2a-7a00-8000-000000000001" in ids


def test_events_on_the_bus_reach_the_log(
    aws: Aws, handler: Handler, index: DynamoAuditIndex, environment: Mapping[str, str]
) -> None:
    organization, bus = new_id(), aws.application.functions["RelayFunction"].environment["MAAS_EVENT_BUS"]
    sources = ["maas.registry", "maas.identity", "maas.access", "somebody.else"]
    sent = [now(organization, object="user/1", action=source) for source in sources]
    entries = [
        {"EventBusName": bus, "Source": source, "DetailType": "ModelUpdated", "Detail": json.dumps(each)}
        for source, each in zip(sources, sent, strict=True)
    ]
    aws.client("events").put_events(Entries=entries)
    sqs, bodies = aws.client("sqs"), dict[str, str]()
    while found := sqs.receive_message(QueueUrl=environment["MAAS_AUDIT_QUEUE_URL"], MaxNumberOfMessages=10).get(
        "Messages"
    ):
        bodies |= {each["MessageId"]: each["Body"] for each in found}
    handler(records(bodies), CONTEXT)
    page = index.find(organization, AuditFilter(), limit=10, after="")
    assert {record["id"] for record in page.items} == {each["id"] for each in sent[:3]}


def test_the_stored_segments_are_a_chain_up_to_the_head(
    aws: Aws, handler: Handler, index: DynamoAuditIndex, environment: Mapping[str, str]
) -> None:
    organization, s3 = new_id(), aws.client("s3")
    for start in (0, 100):
        bodies = {str(number): message(now(organization)) for number in range(start, start + 100)}
        assert handler(records(bodies), CONTEXT) == {"batchItemFailures": []}
    lines = list[bytes]()
    for segment in index.segments(organization, Period(), limit=100, after="").items:
        body = s3.get_object(Bucket=environment["MAAS_AUDIT_BUCKET"], Key=segment.key)["Body"].read()
        lines += body.splitlines(keepends=True)
    verified = Verification([index.head(organization)]).run(lines)
    assert (verified.finding, verified.heads, len(lines)) == (None, 1, 200)


def test_a_poison_message_becomes_a_dead_letter_and_blocks_nobody(
    aws: Aws, handler: Handler, index: DynamoAuditIndex
) -> None:
    organization, sqs = new_id(), aws.client("sqs")
    dead = sqs.create_queue(QueueName=new_id())["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 4})
    attributes = {"VisibilityTimeout": "0", "RedrivePolicy": redrive}
    queue = sqs.create_queue(QueueName=new_id(), Attributes=attributes)["QueueUrl"]
    good = [now(organization) for _ in range(3)]
    for body in (message(good[0]), "poison", message(good[1]), json.dumps({"detail": {}}), message(good[2])):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    for _ in range(5):  # as Lambda does it: the messages that did not fail are deleted
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        answer = handler(records({each["MessageId"]: each["Body"] for each in found}), CONTEXT)
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        for each in found:
            if each["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
    letters = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10)["Messages"]
    assert {each["Body"] for each in letters} == {"poison", json.dumps({"detail": {}})}
    assert index.head(organization).sequence == 3


def test_an_outage_sends_the_messages_again(aws: Aws, environment: Mapping[str, str]) -> None:
    app: Any = aws.load("AuditorFunction")
    app.audit._objects = app.S3AuditObjects("audit", "http://127.0.0.1:1")
    body = message(now(new_id()))
    assert app.handler(records({"one": body}), CONTEXT) == {"batchItemFailures": []}
    sqs, queue = aws.client("sqs"), environment["MAAS_AUDIT_QUEUE_URL"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessagesDelayed"])
    assert attributes["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"
