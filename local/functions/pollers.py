"""What feeds functions besides the gateway: queues and streams."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.functions.sqs_source import Function, SqsPoller
from local.functions.stream_source import StreamPoller
from local.servers.run_context import RunContext
from local.template.specs import Application

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Clients:
    """boto3's, for what is polled."""

    sqs: "SQSClient"
    streams: Any


def start_pollers(
    context: RunContext, application: Application, clients: Clients, functions: Mapping[str, Function]
) -> None:
    """Until the stack ends."""
    for queue in application.sources:
        context.run_in_background(SqsPoller(queue, clients.sqs, functions[queue.function]).run(), "polling a queue")
    for stream in application.streams:
        context.run_in_background(
            StreamPoller(stream, clients.streams, functions[stream.function]).run(), "polling a stream"
        )
