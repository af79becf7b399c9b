"""Every implementation of the ValidationQueue port; SQS is simulated by moto."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import boto3
import pytest

from maas.adapters.aws.validation_queue import SqsValidationQueue
from maas.domain.errors import Unavailable
from maas.services.ports.messaging import ValidationQueue
from tests.fakes.validation_queue import FakeValidationQueue
from tests.support.aws import moto_endpoint

Message = tuple[str, str]


@dataclass(frozen=True)
class Subject:
    """A queue, its messages (upload, tenant) with and without those that are delayed, and the queue unavailable."""

    queue: ValidationQueue
    messages: Callable[[], list[Message]]
    delayed: Callable[[], int]
    down: ValidationQueue


@pytest.fixture(scope="module")
def endpoint(credentials: None) -> Iterator[str]:
    with moto_endpoint() as found:
        yield found


@pytest.fixture
def memory() -> Subject:
    queue, down = FakeValidationQueue(), FakeValidationQueue()
    down.down = True

    def messages() -> list[Message]:
        return [sent for sent, delay in zip(queue.sent, queue.delays, strict=True) if not delay]

    return Subject(queue, messages, lambda: sum(map(bool, queue.delays)), down)


@pytest.fixture
def moto(endpoint: str, request: pytest.FixtureRequest) -> Subject:
    sqs = boto3.client("sqs", endpoint_url=endpoint)
    url = sqs.create_queue(QueueName=f"validation-{abs(hash(request.node.name))}")["QueueUrl"]

    def messages() -> list[Message]:
        bodies = [json.loads(found["Body"]) for found in sqs.receive_message(QueueUrl=url).get("Messages", ())]
        assert all(body.keys() == {"upload_id", "tenant_id"} for body in bodies)
        return [(body["upload_id"], body["tenant_id"]) for body in bodies]

    def delayed() -> int:
        counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])
        return int(counted["Attributes"]["ApproximateNumberOfMessagesDelayed"])

    nowhere = SqsValidationQueue(f"{endpoint}/000000000000/nowhere", endpoint)
    return Subject(SqsValidationQueue(url, endpoint), messages, delayed, nowhere)


@pytest.fixture(params=["memory", "moto"])
def subject(request: pytest.FixtureRequest) -> Subject:
    found: Subject = request.getfixturevalue(request.param)
    return found


def test_a_message_names_upload_and_tenant(subject: Subject) -> None:
    subject.queue.send("the-upload", "acme")
    assert (subject.messages(), subject.delayed()) == ([("the-upload", "acme")], 0)


def test_a_delayed_message_is_not_delivered_at_once(subject: Subject) -> None:
    subject.queue.send("the-upload", "acme", 60)
    assert (subject.messages(), subject.delayed()) == ([], 1)


def test_an_unavailable_queue_refuses_a_message(subject: Subject) -> None:
    with pytest.raises(Unavailable):
        subject.down.send("the-upload", "acme")
