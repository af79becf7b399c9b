"""Starts the pollers of queues and streams, and the schedules: the event sources besides the gateway."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.functions.schedules import ScheduleTimer
from local.functions.sqs_source import Function, SqsPoller
from local.functions.stream_positions import StreamPositions
from local.functions.stream_source import StreamPoller
from local.servers.run_context import RunContext
from local.template.specs import Application

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Clients:
    """boto3 clients of the services that are polled."""

    sqs: "SQSClient"
    streams: Any


def start_pollers(
    context: RunContext, application: Application, clients: Clients, functions: Mapping[str, Function]
) -> None:
    """Polls every queue and stream of the application, and follows its schedules, until the run ends."""
    for queue in application.sources:
        poller = SqsPoller(queue, clients.sqs, functions[queue.function])
        context.run_in_background(poller.run(), "polling a queue")
    positions = context.folder.streams
    for stream in application.streams:
        table = stream.stream_arn.split("/")[1]
        position = StreamPositions(positions / f"{stream.function}.{table}.json", stream.stream_arn)
        stream_poller = StreamPoller(stream, clients.streams, functions[stream.function], position)
        context.run_in_background(stream_poller.run(), "polling a stream")
    for schedule in application.schedules:
        timer = ScheduleTimer(schedule, clients.sqs, positions / f"{schedule.name}.json")
        context.run_in_background(timer.run(), "following a schedule")
