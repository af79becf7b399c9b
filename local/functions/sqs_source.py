"""Event sources: queues polled as Lambda polls them, with partial failures; redrive is the queue's own work."""

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from local.aws_account import REGION
from local.console import say
from local.functions.worker import InvocationFailed
from local.template.specs import SqsSource

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_LONG_POLL = 5  # seconds; a stop waits for it at most this long
_BATCHES_AT_ONCE = 2
_PAGE = 10  # the most that one call to SQS takes


class Function(Protocol):
    """What a queue feeds."""

    async def invoke(self, event: bytes) -> bytes:
        """The answer, as JSON; raises InvocationFailed when there is none."""


class SqsPoller:
    """Feeds one function from one queue until it is cancelled."""

    def __init__(self, source: SqsSource, sqs: "SQSClient", function: Function) -> None:
        self._source = source
        self._sqs = sqs
        self._function = function
        self._free = asyncio.Semaphore(_BATCHES_AT_ONCE)

    async def run(self) -> None:
        """Polls; a queue that does not answer is asked again a second later."""
        name = self._source.queue_arn.rpartition(":")[2]
        url = (await asyncio.to_thread(self._sqs.get_queue_url, QueueName=name))["QueueUrl"]
        async with asyncio.TaskGroup() as batches:
            while True:
                await self._free.acquire()
                messages = await self._gather(url)
                if messages:
                    batches.create_task(self._handle(url, messages))
                else:
                    self._free.release()

    async def _gather(self, url: str) -> "list[MessageTypeDef]":
        """A batch: what one poll finds, or more polls when the source has a window to fill it."""
        messages = await self._receive(url, self._source.batch_size, _LONG_POLL)
        end = time.monotonic() + self._source.window
        while messages and len(messages) < self._source.batch_size and (left := end - time.monotonic()) > 0:
            room = self._source.batch_size - len(messages)
            messages += await self._receive(url, room, min(_LONG_POLL, int(left) + 1))
        return messages

    async def _receive(self, url: str, limit: int, wait: int) -> "list[MessageTypeDef]":
        try:
            answer = await asyncio.to_thread(
                self._sqs.receive_message,
                QueueUrl=url,
                MaxNumberOfMessages=min(limit, _PAGE),
                WaitTimeSeconds=wait,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except (BotoCoreError, ClientError) as error:
            say(f"{self._source.queue_arn}: {error}")
            await asyncio.sleep(1)
            return []
        return answer.get("Messages", [])

    async def _handle(self, url: str, messages: "Sequence[MessageTypeDef]") -> None:
        try:
            done = await self._done(messages)
            for start in range(0, len(done), _PAGE):
                entries = [
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(done[start : start + _PAGE])
                ]
                await asyncio.to_thread(self._sqs.delete_message_batch, QueueUrl=url, Entries=entries)  # type: ignore[arg-type]
        except (BotoCoreError, ClientError) as error:
            say(f"{self._source.queue_arn}: {error}")
        finally:
            self._free.release()

    async def _done(self, messages: "Sequence[MessageTypeDef]") -> "list[MessageTypeDef]":
        """The messages to delete; the others come back when their visibility timeout ends."""
        with contextlib.suppress(InvocationFailed):
            payload = await self._function.invoke(batch_event(messages, self._source.queue_arn))
            failed = failed_ids(payload, [message["MessageId"] for message in messages]) if self._partial else set()
            return [message for message in messages if message["MessageId"] not in failed]
        return []

    @property
    def _partial(self) -> bool:
        return self._source.report_batch_item_failures


def failed_ids(payload: bytes, sent: Sequence[str]) -> set[str]:
    """Which messages a ReportBatchItemFailures answer calls failed; one that Lambda can't read fails them all.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    try:
        answer = json.loads(payload)
        items = (answer or {}).get("batchItemFailures") or []
        failed = {item["itemIdentifier"] for item in items}
    except (ValueError, TypeError, KeyError, AttributeError):
        return set(sent)
    return failed if failed.issubset(sent) else set(sent)


def batch_event(messages: "Sequence[MessageTypeDef]", queue_arn: str) -> bytes:
    """What Lambda hands to the function, as JSON."""
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
    """One message attribute with Lambda's field names."""
    fields: dict[str, Any] = {"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []}
    if "BinaryValue" in value:
        return fields | {"binaryValue": base64.b64encode(value["BinaryValue"]).decode()}
    return fields | {"stringValue": value.get("StringValue")}
