"""Leases of messages in a queue whose visibility timeout is half an hour."""

import time
from typing import Any

import pytest

from maas.adapters.aws.message_leases import MessageLeases
from maas.domain.ids import new_id
from tests.support.moto_server import MotoServer
from tests.support.waiting import until

HALF_AN_HOUR = {"VisibilityTimeout": "1800"}


@pytest.fixture
def queue(server: MotoServer) -> tuple[str, str]:
    """The URL and the ARN of a queue with one message."""
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=new_id(), Attributes=HALF_AN_HOUR)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="work")
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def _endpoint(server: MotoServer) -> str:
    return f"http://127.0.0.1:{server.port}"


def _received(server: MotoServer, url: str) -> list[Any]:
    found: list[Any] = server.client("sqs").receive_message(QueueUrl=url).get("Messages", [])
    return found


def test_the_message_of_a_worker_that_has_died_is_delivered_again(server: MotoServer, queue: tuple[str, str]) -> None:
    url, arn = queue
    [message] = _received(server, url)
    with MessageLeases([url], _endpoint(server), lease=1).held(arn, message["ReceiptHandle"]):
        pass  # what a worker has begun before it dies
    [again] = until(lambda: _received(server, url), 20)
    assert again["MessageId"] == message["MessageId"]


def test_a_worker_keeps_its_message_for_as_long_as_it_lives(server: MotoServer, queue: tuple[str, str]) -> None:
    url, arn = queue
    [message] = _received(server, url)
    with MessageLeases([url], _endpoint(server), lease=20, renewed=0.05).held(arn, message["ReceiptHandle"]):
        time.sleep(0.5)  # some renewals
        assert _received(server, url) == []
    server.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert _received(server, url) == []


@pytest.mark.parametrize("arn", ["", "arn:aws:sqs:us-east-1:123456789012:another"])
def test_work_goes_on_without_a_lease(server: MotoServer, queue: tuple[str, str], arn: str) -> None:
    url, known = queue
    leases, done = MessageLeases([url], _endpoint(server), renewed=0.01), 0
    for queue_arn, receipt in [(known, "no receipt"), (arn, "")]:
        with leases.held(queue_arn, receipt):
            time.sleep(0.1)
            done += 1
    assert done == 2
