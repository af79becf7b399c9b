"""A queue in SQS."""

import functools
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore import exceptions

from maas.adapters.aws import call_time
from maas.domain.errors import Unavailable
from maas.platform import trace
from maas.platform.request_context import CURRENT

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsQueue:
    """Sends JSON, in the trace of the current request. `name` is for people; `endpoint` empty means AWS itself."""

    def __init__(self, name: str, url: str, endpoint: str) -> None:
        self._name = name
        self._url = url
        self._sqs = sqs_client(endpoint)

    def send(self, body: Mapping[str, Any], delay: int, group: str = "") -> None:
        """Sends a message. Those of a `group` that has many let the others' pass (docs/decisions/0112).

        Raises Unavailable.
        """
        self.send_text(json.dumps(body), delay, group)

    def send_text(self, body: str, delay: int, group: str = "") -> None:
        """Raises Unavailable."""
        call_time.check_time_left()
        more: Any = {"MessageGroupId": group} if group else {}
        if request := CURRENT.get():
            parent = {"DataType": "String", "StringValue": request.trace.parent}
            more["MessageAttributes"] = {trace.HEADER: parent}
        try:
            self._sqs.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=delay, **more)
        except (exceptions.ClientError, exceptions.ConnectionError, exceptions.HTTPClientError) as error:
            raise Unavailable(f"the {self._name} queue does not answer") from error


@functools.cache
def sqs_client(endpoint: str) -> "SQSClient":
    """One for all queues of a process: each would take milliseconds to make. Threads may share it."""
    return boto3.client("sqs", endpoint_url=endpoint or None, config=call_time.config())
