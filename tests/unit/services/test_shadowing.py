"""Calls on their way to the candidate of a shadow: what is sent, what is dropped, and the budget."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from maas.contracts.shadowing import ShadowsMessage
from maas.domain.errors import Unavailable
from maas.domain.inference.outputs import Form, Output
from maas.domain.monitoring.predictions import Predicted
from maas.domain.rollouts.routing import Assignment, ShadowTerms, Side
from maas.domain.rollouts.tolerances import Tolerance
from maas.domain.shadowing.shadows import SHADOW_MAX, Shadow
from maas.services.shadow_budgets import HOUR, ShadowBudgets
from maas.services.shadowing import MESSAGE_MAX, WAITING_MAX, ShadowWatcher, shadow_of
from maas.web.presenters.shadows import shadows_of
from maas.wire.shadows import message
from tests.fakes.request_counts import FakeRequestCounts
from tests.support.predicted import predicted, version
from tests.support.waiting import until

ONE = predicted(version(), {"x": [1, 2]}, {"label": [0]})
# The most that a message of SQS has (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/).
SQS_MAX = 256 * 1024
TOLERANCE = Tolerance(absolute=0.5, relative=0.25)


def shadowed(rollout_id: str = "rollout", *, budget: int = 1000, is_shadowed: bool = True) -> Predicted:
    return replace(ONE, rollout=Assignment(rollout_id, Side.LIVE, is_shadowed, ShadowTerms("1.1.0", budget, TOLERANCE)))


def wide(size: int) -> Predicted:
    """A call whose values and answer have so many bytes."""
    made = shadowed()
    answer = Output(b" " * (size - made.feed.size), (1,), "int64")
    return replace(made, outputs={"label": answer})


class Queue:
    """Keeps messages. While `is_gone` it does not answer."""

    def __init__(self) -> None:
        self.messages: list[Sequence[Shadow]] = []
        self.is_gone = False

    def send(self, shadows: Sequence[Shadow]) -> None:
        if self.is_gone:
            raise Unavailable("the queue does not answer")
        self.messages.append(shadows)

    @property
    def shadows(self) -> list[Shadow]:
        return [shadow for each in self.messages for shadow in each]


class World:
    def __init__(self, counts: FakeRequestCounts | None = None, pause: float = 3600.0) -> None:
        self.now = 1_800_000_000.0
        self.queue = Queue()
        self.watcher = ShadowWatcher(self.queue, ShadowBudgets(counts, lambda: self.now), pause=pause)
        if pause == 3600.0:
            self.watcher._thread.wake = lambda: None  # type: ignore[method-assign] # the test flushes

    def call(self, *made: Predicted) -> None:
        for each in made:
            self.watcher.predicted(each)
        self.watcher.flush()


def reported(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    return {name: sum(value) for line in lines for name, value in line.items() if name.startswith("Shadows")}


def test_a_thread_sends_what_is_to_be_shadowed() -> None:
    world = World(pause=0.01)
    world.watcher.predicted(shadowed())
    until(lambda: len(world.queue.shadows) == 1, 10)
    world.watcher.predicted(shadowed())
    until(lambda: len(world.queue.shadows) == 2, 10)


def test_other_calls_are_not_sent() -> None:
    world = World()
    world.call(ONE, shadowed(is_shadowed=False), replace(ONE, rollout=Assignment("r", Side.CANDIDATE)))
    assert not world.queue.messages


def test_a_shadow_has_the_values_and_the_answer_and_survives_the_message() -> None:
    world, made = World(), shadowed()
    world.call(made)
    [shadow] = world.queue.shadows
    assert shadow == shadow_of(made)
    assert (shadow.candidate, shadow.prediction_id, shadow.at) == ("1.1.0", made.prediction_id, made.at)
    assert (shadow.values, shadow.tolerance) == (made.feed.values, TOLERANCE)
    assert [(name, each.form, each.output) for name, each in shadow.answer.items()] == [
        ("label", Form.NESTED, made.outputs["label"])
    ]
    assert shadows_of(ShadowsMessage.model_validate_json(message([shadow]))) == [shadow]


def test_a_message_from_before_there_were_tolerances_has_the_default() -> None:
    earlier = json.loads(message([shadow_of(shadowed())]))
    del earlier["shadows"][0]["tolerance"]
    [found] = shadows_of(ShadowsMessage.model_validate(earlier))
    assert found.tolerance == Tolerance()


def test_a_message_has_ten_shadows_at_most() -> None:
    world = World()
    world.call(*[shadowed()] * (MESSAGE_MAX + 1))
    assert [len(each) for each in world.queue.messages] == [MESSAGE_MAX, 1]


def test_a_message_of_the_largest_shadows_fits_into_the_queue(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.call(wide(SHADOW_MAX), wide(SHADOW_MAX // 2), wide(SHADOW_MAX // 2), wide(1000))
    assert [len(each) for each in world.queue.messages] == [1, 2, 1]
    assert max(len(message(each)) for each in world.queue.messages) < SQS_MAX
    assert reported(capsys) == {"ShadowsSent": 4}


def test_a_larger_call_is_dropped_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.call(wide(SHADOW_MAX + 1), shadowed())
    assert len(world.queue.shadows) == 1
    assert reported(capsys) == {"ShadowsSent": 1, "ShadowsDropped": 1}


def test_what_the_list_has_no_room_for_is_dropped_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.call(*[shadowed()] * (WAITING_MAX + 7))
    assert len(world.queue.shadows) == WAITING_MAX
    assert reported(capsys) == {"ShadowsSent": WAITING_MAX, "ShadowsDropped": 7}


def test_what_does_not_fit_into_the_messages_of_a_second_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.call(*[wide(SHADOW_MAX // 2 + 1)] * 7)
    assert len(world.queue.shadows) == 4
    assert reported(capsys) == {"ShadowsSent": 4, "ShadowsDropped": 3}


def test_a_queue_that_does_not_answer_loses_shadows_alone(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.queue.is_gone = True
    world.call(shadowed())
    assert reported(capsys) == {"ShadowsDropped": 1}
    world.queue.is_gone = False
    world.call(shadowed())
    assert len(world.queue.shadows) == 1


def test_the_budget_of_a_rollout_holds_for_an_hour(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.call(*[shadowed(budget=3)] * 5, shadowed("other", budget=3))
    world.call(shadowed(budget=3))
    assert [each.rollout_id for each in world.queue.shadows] == ["rollout"] * 3 + ["other"]
    assert reported(capsys) == {"ShadowsSent": 4, "ShadowsOverBudget": 1}
    world.now += HOUR
    world.call(shadowed(budget=3))
    assert len(world.queue.shadows) == 5


def test_processes_share_a_budget() -> None:
    counts = FakeRequestCounts()
    first, second = World(counts), World(counts)
    first.call(*[shadowed(budget=10)] * 7)
    second.call(*[shadowed(budget=10)] * 7)
    assert (len(first.queue.shadows), len(second.queue.shadows)) == (7, 3)
    calls = counts.calls
    second.call(shadowed(budget=10))  # it knows that the budget is spent
    assert counts.calls == calls


def test_without_redis_a_process_counts_for_itself() -> None:
    counts = FakeRequestCounts()
    world = World(counts)
    world.call(*[shadowed(budget=10)] * 7)
    counts.is_gone = True
    world.call(*[shadowed(budget=10)] * 7)
    assert len(world.queue.shadows) == 10
