"""Messages at intervals, over restarts and over errors of the queue."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.functions.schedules import ScheduleTimer
from local.template.specs import Schedule

DAY = 86_400
DAILY = Schedule("Collections.collect", DAY, "arn:aws:sqs:us-east-1:1:removals", '{"run": "daily"}')


class Queue:
    """The calls of SQS that a timer makes."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.down = False

    def get_queue_url(self, *, QueueName: str) -> Any:  # noqa: N803 - of boto3
        if self.down:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
        return {"QueueUrl": f"http://queue/{QueueName}"}

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        self.sent.append((QueueUrl, MessageBody))


class World:
    def __init__(self, folder: Path) -> None:
        self.file, self.queue, self.now = folder / "Collections.collect.json", Queue(), 1_000_000.0
        self.start()

    def start(self) -> None:
        """As a stack does on a new folder, or on one that it knows."""
        self.timer = ScheduleTimer(DAILY, self.queue, self.file, lambda: self.now)  # type: ignore[arg-type]

    async def after(self, seconds: float) -> int:
        """The number of messages so far, after a look at the clock so many seconds later."""
        self.now += seconds
        await self.timer.send_if_due()
        return len(self.queue.sent)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_message_is_sent_each_interval_from_the_first_start_on(world: World) -> None:
    assert [await world.after(seconds) for seconds in (0, DAY - 1, 1, 1, DAY - 2, 1)] == [0, 0, 1, 1, 1, 2]
    assert world.queue.sent[0] == ("http://queue/removals", '{"run": "daily"}')


async def test_a_restart_neither_delays_nor_repeats_it(world: World) -> None:
    await world.after(DAY / 2)
    world.start()
    assert await world.after(DAY / 2) == 1
    world.start()
    assert await world.after(1) == 1


async def test_days_without_a_stack_are_made_up_for_by_one_message(world: World) -> None:
    world.now += 5 * DAY
    world.start()
    assert [await world.after(seconds) for seconds in (0, 1, DAY)] == [1, 1, 2]


async def test_a_queue_that_does_not_answer_gets_it_later(world: World) -> None:
    world.queue.down = True
    assert await world.after(DAY) == 0
    world.queue.down = False
    assert await world.after(30) == 1


async def test_a_clock_that_was_put_back_delays_it_by_an_interval_at_most(world: World) -> None:
    assert [await world.after(seconds) for seconds in (-10 * DAY, DAY)] == [0, 1]


async def test_a_damaged_file_begins_a_new_interval(world: World) -> None:
    world.file.write_text("{")
    world.start()
    assert [await world.after(seconds) for seconds in (0, DAY)] == [0, 1]
