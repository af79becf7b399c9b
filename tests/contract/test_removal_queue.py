"""Every implementation of the RemovalQueue port; SQS is simulated by moto."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import boto3
import pytest

from maas.adapters.aws.removal_queue import SqsRemovalQueue
from maas.contracts.removals import RemovalMessage
from maas.domain.errors import Unavailable
from maas.domain.removals import Removal
from maas.services.ports.messaging import RemovalQueue
from tests.fakes.removal_queue import FakeRemovalQueue
from tests.support.aws import moto_endpoint

REMOVAL = Removal(tenant_id="acme", model_id="m", version="1.0.0", upload_id="u", since=1795251600, after="models/a")


@dataclass(frozen=True)
class Subject:
    """A queue, the removals in its messages, and the queue unavailable."""

    queue: RemovalQueue
    removals: Callable[[], list[Removal]]
    down: RemovalQueue


@pytest.fixture(scope="module")
def endpoint(credentials: None) -> Iterator[str]:
    with moto_endpoint() as found:
        yield found


@pytest.fixture
def memory() -> Subject:
    queue, down = FakeRemovalQueue(), FakeRemovalQueue()
    down.down = True
    sent = zip(queue.sent, queue.delays, strict=True)
    return Subject(queue, lambda: [removal for removal, delay in sent if not delay], down)


@pytest.fixture
def moto(endpoint: str, request: pytest.FixtureRequest) -> Subject:
    sqs = boto3.client("sqs", endpoint_url=endpoint)
    url = sqs.create_queue(QueueName=f"removal-{abs(hash(request.node.name))}")["QueueUrl"]

    def removals() -> list[Removal]:
        bodies = [found["Body"] for found in sqs.receive_message(QueueUrl=url).get("Messages", ())]
        return [Removal(**RemovalMessage.model_validate_json(body).model_dump()) for body in bodies]

    nowhere = SqsRemovalQueue(f"{endpoint}/000000000000/nowhere", endpoint)
    return Subject(SqsRemovalQueue(url, endpoint), removals, nowhere)


@pytest.fixture(params=["memory", "moto"])
def subject(request: pytest.FixtureRequest) -> Subject:
    found: Subject = request.getfixturevalue(request.param)
    return found


def test_a_message_has_the_whole_removal(subject: Subject) -> None:
    subject.queue.send(REMOVAL)
    assert subject.removals() == [REMOVAL]


def test_a_delayed_message_is_not_delivered_at_once(subject: Subject) -> None:
    subject.queue.send(REMOVAL, 60)
    assert subject.removals() == []


def test_an_unavailable_queue_refuses_a_message(subject: Subject) -> None:
    with pytest.raises(Unavailable):
        subject.down.send(REMOVAL)


@pytest.mark.parametrize("changes", [{"model_id": ""}, {"tenant_id": ""}, {"since": "now"}, {"other": 1}])
def test_a_message_that_names_no_place_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        RemovalMessage.model_validate_json(json.dumps({**REMOVAL.message(), **changes}))
