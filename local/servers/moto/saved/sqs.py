"""Queues and their messages.

Not saved: until when a received message is invisible. The consumer that received it ended with the stack, so after a
start it is visible at once. It keeps its receive count, its delay and the receipts that delete it.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sqs.exceptions import SQSException
from moto.sqs.models import Message, Queue, SQSBackend

from local.servers.moto.calls import Call
from local.servers.moto.documents import Document, dumps
from local.servers.moto.saved.service import SavedService

_SETTINGS = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)
_RECEIPTS = 20  # the newest ones are saved

_Mark = tuple[str | None, int, float]  # differs after each change of a message


class Queues(SavedService):
    """The queues of one backend."""

    name = "sqs"

    def __init__(self, backend: SQSBackend) -> None:
        super().__init__()
        self._backend = backend
        self._marks: dict[str, dict[str, _Mark]] = {}  # of the messages on disk, by queue
        self._next: dict[str, dict[str, _Mark]] = {}

    def restore(self, values: Mapping[str, Any]) -> None:
        queues = {key.partition("/")[2]: value for key, value in values.items() if key.startswith("queue/")}
        for name, value in queues.items():
            self._backend.queues[name] = self._queue(name, value)
        for name, value in queues.items():  # after all queues exist, because some are others' dead letters
            queue = self._backend.queues[name]
            with contextlib.suppress(SQSException):  # the queue of its dead letters was deleted
                queue._setup_dlq(value["redrive_policy"] or {})
            queue.created_timestamp, queue.last_modified_timestamp = value["created"], value["modified"]
        for key, value in values.items():
            kind, _, message_id = key.partition("/")
            if kind == "message":
                self._backend.queues[value["queue"]]._messages.append(_message(message_id, value))

    def load(self, documents: Iterable[Document]) -> None:
        super().load(documents)
        self._marks = self._marks_now()

    def changes(self, call: Call) -> Mapping[str, str | None]:
        self._next = self._marks_now()
        gone: dict[str, str | None] = {
            f"message/{each}": None
            for queue, before in self._marks.items()
            for each in before.keys() - self._next.get(queue, {}).keys()
        }
        return {**gone, **self._changed_messages(), **super().changes(call)}

    def written(self) -> None:
        super().written()
        self._marks = self._next

    def documents(self) -> Iterator[Document]:
        """Yields the queues. There may be too many messages to make a text of each after each call."""
        for name, queue in self._backend.queues.items():
            yield f"queue/{name}", _queue_value(queue)

    def _marks_now(self) -> dict[str, dict[str, _Mark]]:
        return {
            name: {
                each.id: (each.receipt_handle, each.approximate_receive_count, each.delayed_until)
                for each in queue._messages
            }
            for name, queue in self._backend.queues.items()
        }

    def _changed_messages(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for name, now in self._next.items():
            if now != (before := self._marks.get(name, {})):
                for message in self._backend.queues[name]._messages:
                    if before.get(message.id) != now[message.id]:
                        found[f"message/{message.id}"] = dumps(_message_value(name, message))
        return found

    def _queue(self, name: str, value: dict[str, Any]) -> Queue:
        settings = value["settings"] | {"Policy": value["policy"]}
        queue = Queue(name, self._backend.region_name, self._backend.account_id, **settings)  # type: ignore[abstract]
        queue.tags = value["tags"]
        return queue


def _queue_value(queue: Queue) -> dict[str, Any]:
    return {
        "settings": {name: getattr(queue, camelcase_to_underscores(name)) for name in _SETTINGS},
        "policy": queue.policy,
        "redrive_policy": queue.redrive_policy,
        "tags": queue.tags,
        "created": queue.created_timestamp,
        "modified": queue.last_modified_timestamp,
    }


def _message_value(queue: str, message: Message) -> dict[str, Any]:
    return {
        "queue": queue,
        "body": message.body,
        "attributes": message.message_attributes,
        "system_attributes": message.system_attributes,
        "sender": message.sender_id,
        "sent": message.sent_timestamp,
        "delayed_until": message.delayed_until,
        "received": message.approximate_receive_count,
        "first_received": message.approximate_first_receive_timestamp,
        "receipts": [receipt for receipt in (*message._old_receipt_handles, message.receipt_handle) if receipt][
            -_RECEIPTS:
        ],
        "group": message.group_id,
        "deduplication": message.deduplication_id,
        "sequence": message.sequence_number,
    }


def _message(message_id: str, value: dict[str, Any]) -> Message:
    message = Message(message_id, value["body"], value["system_attributes"])
    message.message_attributes = value["attributes"]
    message.sender_id = value["sender"]
    message.sent_timestamp = value["sent"]
    message.delayed_until = value["delayed_until"]
    message.approximate_receive_count = value["received"]
    message.approximate_first_receive_timestamp = value["first_received"]
    *message._old_receipt_handles, message.receipt_handle = value["receipts"] or [None]
    message.group_id = value["group"]
    message.deduplication_id = value["deduplication"]
    message.sequence_number = value["sequence"]
    return message
