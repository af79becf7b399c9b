"""What feeds functions besides the gateway: queues and streams."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.functions.sqs_source import Function, SqsPoller
from local.functions.stream_source import StreamPoller
from local.servers.run_context import Ground
from local.template.specs import Application

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Clients:
    """boto3's, for what is polled."""

    sqs: "SQSClient"
    streams: Any


def keep_polling(ground: Ground, application: Application, clients: Clients, functions: Mapping[str, Function]) -> None:
    """Until the stack ends."""
    for queue in application.sources:
        ground.keep(SqsPoller(queue, clients.sqs, functions[queue.function]).run(), "polling a queue")
    for stream in application.streams:
        ground.keep(StreamPoller(stream, clients.streams, functions[stream.function]).run(), "polling a stream")
