"""Batch results of functions as Lambda reads them, and queues that are polled at once."""

import asyncio
import threading
from typing import Any

import pytest

from local.functions.sqs_source import SqsPoller, failed_ids
from local.template.specs import SqsSource


@pytest.mark.parametrize("result", ["null", "{}", '{"batchItemFailures": null}', '{"batchItemFailures": []}'])
def test_an_empty_batch_result_means_success(result: str) -> None:
    assert failed_ids(result.encode(), ["a", "b"]) == set()


def test_the_named_messages_failed() -> None:
    assert failed_ids(b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', ["a", "b"]) == {"b"}


@pytest.mark.parametrize(
    "result",
    [
        "oops",
        '"text"',
        '{"batchItemFailures": [{"id": "a"}]}',
        '{"batchItemFailures": [{"itemIdentifier": ""}]}',
        '{"batchItemFailures": [{"itemIdentifier": null}]}',
        '{"batchItemFailures": [{"itemIdentifier": "unknown"}]}',
    ],
)
def test_an_unreadable_batch_result_fails_the_whole_batch(result: str) -> None:
    assert failed_ids(result.encode(), ["a", "b"]) == {"a", "b"}


class WaitingSqs:
    """Queues whose receives wait, but for that of `full`, which has one message."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.deleted = threading.Event()

    def get_queue_url(self, **names: str) -> dict[str, str]:
        return {"QueueUrl": names["QueueName"]}

    def receive_message(self, **options: Any) -> dict[str, Any]:
        if options["QueueUrl"] == "full" and not self.deleted.is_set():
            return {"Messages": [{"MessageId": "a", "ReceiptHandle": "r", "Body": "b", "MD5OfBody": "c"}]}
        self.over.wait()
        return {}

    def delete_message_batch(self, **_: Any) -> None:
        self.deleted.set()


class Function:
    async def invoke(self, _event: bytes) -> bytes:
        return b"null"


async def test_a_message_does_not_wait_until_the_receives_of_other_queues_are_over() -> None:
    sqs: Any = WaitingSqs()
    names = [*(f"empty-{number}" for number in range(50)), "full"]
    pollers = [SqsPoller(SqsSource(f"arn:aws:sqs:x:1:{name}", name), sqs, Function()) for name in names]
    tasks = [asyncio.create_task(poller.run()) for poller in pollers]
    try:
        assert await asyncio.get_running_loop().run_in_executor(None, sqs.deleted.wait, 60)
    finally:
        sqs.over.set()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
