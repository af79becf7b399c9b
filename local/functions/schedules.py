"""Messages at intervals, as EventBridge sends them for a rule with a rate."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.console import say
from local.data.manifest import write_atomically
from local.template.specs import Schedule

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Seconds between looks at the clock, which may have gone on while the machine slept.
_LOOK = 5.0


class ScheduleTimer:
    """Sends the messages of one schedule. The first one follows an interval after the first start, as on AWS.

    `file` keeps the time of the last one. What was due while nothing ran is made up for by one message at the start.
    `clock` returns seconds of the wall clock.
    """

    def __init__(
        self, schedule: Schedule, sqs: "SQSClient", file: Path, clock: Callable[[], float] = time.time
    ) -> None:
        self._schedule, self._sqs, self._file, self._clock = schedule, sqs, file, clock
        self._last = self._read()

    async def run(self) -> None:
        """Sends messages until it is cancelled."""
        while True:
            await self.send_if_due()
            await asyncio.sleep(_LOOK)

    async def send_if_due(self) -> None:
        """Sends the message if it is due. After an error of SQS it stays due."""
        now = self._clock()
        if now < self._last:  # the clock was put back
            self._keep(now)
        if now - self._last < self._schedule.seconds:
            return
        try:
            await asyncio.to_thread(self._send)
        except (BotoCoreError, ClientError) as error:
            say(f"{self._schedule.name}: {error}")
            return
        self._keep(now)

    def _send(self) -> None:
        url = self._sqs.get_queue_url(QueueName=self._schedule.queue_arn.rpartition(":")[2])["QueueUrl"]
        self._sqs.send_message(QueueUrl=url, MessageBody=self._schedule.body)

    def _read(self) -> float:
        """The time of the last message; now, if there was none."""
        try:
            return float(json.loads(self._file.read_text())["last"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, KeyError):
            say(f"{self._file} is damaged: the next {self._schedule.name} is an interval away")
        now = self._clock()
        self._keep(now)
        return now

    def _keep(self, at: float) -> None:
        self._last = at
        try:
            write_atomically(self._file, json.dumps({"last": at}))
        except OSError as error:
            say(f"{self._file} can't be written: {error.strerror}")
