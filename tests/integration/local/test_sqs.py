"""A queue that invokes a function, with partial batch failures and redrive."""

import asyncio
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from local.aws_account import CREDENTIALS
from local.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")


def client(stack: Stack, service: str) -> Any:
    key, secret = CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"]
    session = boto3.Session(key, secret, region_name="us-east-1")
    return session.client(service, endpoint_url=stack.addresses.aws)  # type: ignore[call-overload]


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(150):
        if await asyncio.to_thread(condition):
            return
        await asyncio.sleep(0.2)
    pytest.fail("the condition was not true within 30 s")


async def test_failed_messages_are_retried_and_moved_to_the_dead_letter_queue(stack: Stack) -> None:
    sqs, dynamodb = client(stack, "sqs"), client(stack, "dynamodb")
    queues = stack.ready()["queues"]

    def deliveries(body: str) -> int:
        item = dynamodb.get_item(TableName="maas-local-Table", Key={"pk": {"S": body}}).get("Item", {})
        return int(item.get("deliveries", {"N": "0"})["N"])

    def message_count(queue: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        response = sqs.get_queue_attributes(QueueUrl=queues[queue], AttributeNames=names)
        return sum(int(response["Attributes"][name]) for name in names)

    entries = [{"Id": body, "MessageBody": body} for body in ("good-1", "bad-1", "good-2")]
    sqs.send_message_batch(QueueUrl=queues["Queue"], Entries=entries)
    await until(lambda: message_count("Dead") == 1)

    assert [deliveries(body) for body in ("good-1", "bad-1", "good-2")] == [1, 2, 1]
    assert message_count("Queue") == 0
