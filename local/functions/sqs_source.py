"""SQS event sources: polls queues as Lambda does, with partial batch failures. Redrive is done by the queue."""

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from local.aws_account import REGION
from local.console import say
from local.functions.worker import InvocationFailed
from local.template.specs import SqsSource

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

LONG_POLL = 5  # seconds; stopping takes at most this long
_MAX_CONCURRENT_BATCHES = 2
_MAX_ENTRIES = 10  # SQS's limit of messages per call


class Function(Protocol):
    """A function that can be invoked."""

    async def invoke(self, event: bytes) -> bytes:
        """Returns the result as JSON. Raises InvocationFailed if there is none."""


class SqsPoller:
    """Invokes one function with the messages of one queue until it is cancelled."""

    def __init__(self, source: SqsSource, sqs: "SQSClient", function: Function) -> None:
        self._source = source
        self._sqs = sqs
        self._function = function
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT_BATCHES)
        # A receive waits for messages in its thread. A small machine has fewer threads of asyncio's own than queues, so
        # the messages of one queue would wait until receives of others are over.
        self._receiver = ThreadPoolExecutor(1, f"poll {source.function}")

    async def run(self) -> None:
        """Polls the queue. After an error of SQS it polls again one second later."""
        name = self._source.queue_arn.rpartition(":")[2]
        url = (await asyncio.to_thread(self._sqs.get_queue_url, QueueName=name))["QueueUrl"]
        try:
            async with asyncio.TaskGroup() as batches:
                while True:
                    await self._slots.acquire()
                    messages = await self._receive_batch(url)
                    if messages:
                        batches.create_task(self._handle(url, messages))
                    else:
                        self._slots.release()
        finally:
            self._receiver.shutdown(wait=False)

    async def _receive_batch(self, url: str) -> "list[MessageTypeDef]":
        """Returns the messages of one poll, or of several polls if the source has a batching window."""
        messages = await self._receive(url, self._source.batch_size, LONG_POLL)
        end = time.monotonic() + self._source.window
        while messages and len(messages) < self._source.batch_size and (left := end - time.monotonic()) > 0:
            room = self._source.batch_size - len(messages)
            messages += await self._receive(url, room, min(LONG_POLL, int(left) + 1))
        return messages

    async def _receive(self, url: str, limit: int, wait: int) -> "list[MessageTypeDef]":
        try:
            receive = partial(
                self._sqs.receive_message,
                QueueUrl=url,
                MaxNumberOfMessages=min(limit, _MAX_ENTRIES),
                WaitTimeSeconds=wait,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            response = await asyncio.get_running_loop().run_in_executor(self._receiver, receive)
        except (BotoCoreError, ClientError) as error:
            say(f"{self._source.queue_arn}: {error}")
            await asyncio.sleep(1)
            return []
        return response.get("Messages", [])

    async def _handle(self, url: str, messages: "Sequence[MessageTypeDef]") -> None:
        try:
            succeeded = await self._succeeded(messages)
            for start in range(0, len(succeeded), _MAX_ENTRIES):
                entries = [
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(succeeded[start : start + _MAX_ENTRIES])
                ]
                await asyncio.to_thread(self._sqs.delete_message_batch, QueueUrl=url, Entries=entries)  # type: ignore[arg-type]
        except (BotoCoreError, ClientError) as error:
            say(f"{self._source.queue_arn}: {error}")
        finally:
            self._slots.release()

    async def _succeeded(self, messages: "Sequence[MessageTypeDef]") -> "list[MessageTypeDef]":
        """Returns the messages to delete. The others are delivered again after their visibility timeout."""
        with contextlib.suppress(InvocationFailed):
            payload = await self._function.invoke(batch_event(messages, self._source.queue_arn))
            failed = failed_ids(payload, [message["MessageId"] for message in messages]) if self._partial else set()
            return [message for message in messages if message["MessageId"] not in failed]
        return []

    @property
    def _partial(self) -> bool:
        return self._source.report_batch_item_failures


def failed_ids(payload: bytes, sent: Sequence[str]) -> set[str]:
    """Returns the ids of failed messages in a ReportBatchItemFailures result. A malformed result fails all messages.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    try:
        result = json.loads(payload)
        items = (result or {}).get("batchItemFailures") or []
        failed = {item["itemIdentifier"] for item in items}
    except (ValueError, TypeError, KeyError, AttributeError):
        return set(sent)
    return failed if failed.issubset(sent) else set(sent)


def batch_event(messages: "Sequence[MessageTypeDef]", queue_arn: str) -> bytes:
    """The event that Lambda passes to the function, as JSON."""
    return json.dumps({"Records": [_record(message, queue_arn) for message in messages]}).encode()


def _record(message: "MessageTypeDef", queue_arn: str) -> dict[str, Any]:
    attributes = message.get("MessageAttributes", {})
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def _attribute(value: Any) -> dict[str, Any]:
    """A message attribute with the field names of Lambda's event."""
    fields: dict[str, Any] = {"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []}
    if "BinaryValue" in value:
        return fields | {"binaryValue": base64.b64encode(value["BinaryValue"]).decode()}
    return fields | {"stringValue": value.get("StringValue")}
