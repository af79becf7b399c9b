"""Locks that calls to moto hold. With them a call is saved as a whole, and not in the middle of another one.

Calls to SQS, Secrets Manager and EventBridge run one at a time, and so do calls to DynamoDB and its streams. A receive
that waits for messages lets others run meanwhile. Calls to S3 run concurrently, because they carry whole files.
"""

import threading
from contextlib import AbstractContextManager, nullcontext

from moto.sqs.models import Message, Queue
from werkzeug.exceptions import ServiceUnavailable

MESSAGES = threading.Condition(threading.RLock())
TABLES = threading.RLock()
STOPPING = threading.Event()

_LOCKS: dict[str, AbstractContextManager[object]] = {
    "sqs": MESSAGES,
    "secretsmanager": MESSAGES,
    "events": MESSAGES,
    "dynamodb": TABLES,
    "dynamodbstreams": TABLES,
}
_add_message = Queue.add_message


def lock_of(service: str) -> AbstractContextManager[object]:
    """The lock that a call to `service` holds."""
    return _LOCKS.get(service, nullcontext())


def stop_waiting() -> None:
    """Ends the receives that wait for messages. They are answered with 503."""
    STOPPING.set()
    with MESSAGES:
        MESSAGES.notify_all()


def _add_and_notify(queue: Queue, message: Message) -> None:
    _add_message(queue, message)
    MESSAGES.notify_all()


def _wait_without_the_lock(_queue: Queue, timeout: int) -> None:
    if not STOPPING.is_set():
        MESSAGES.wait(timeout)
    if STOPPING.is_set():
        raise ServiceUnavailable


def apply() -> None:
    """Makes receives wait on the lock itself."""
    Queue.add_message = _add_and_notify  # type: ignore[method-assign, assignment]
    Queue.wait_for_messages = _wait_without_the_lock  # type: ignore[method-assign, assignment]
