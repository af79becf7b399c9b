"""Models that end their process in call after call, for the organizations that call them."""

from collections.abc import Mapping
from typing import Any

import pytest

from maas.domain.catalog.models import ModelChange
from maas.domain.errors import ModelCrashed, ModelPaused
from maas.domain.inference.crashes import IN_A_ROW, PAUSE, Crashes
from maas.domain.inference.tensors import Feed
from tests.fakes.inference import larger_column
from tests.support.http_gateway import person
from tests.unit.services.test_inference import ADA, Stack

EVE = person(tenant="other")
GOOD, BAD = [1.0, 2.0], [-1.0, 2.0]


def crashing(feed: Feed) -> Mapping[str, Any]:
    """Ends the model's process for a negative number."""
    found = larger_column(feed)
    if feed.values[0].data[3] & 0x80:  # the sign of the first float
        raise ModelCrashed.of()
    return found


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def stack() -> Stack:
    made = Stack(crashing)
    await made.publish({"nondeterministic": True})
    return made


async def crash(world: Stack, times: int, **options: Any) -> None:
    for _ in range(times):
        with pytest.raises(ModelCrashed):
            await world.predict(BAD, **options)


async def test_three_crashes_in_a_row_pause_a_model() -> None:
    world = await stack()
    await crash(world, IN_A_ROW)
    with pytest.raises(ModelPaused, match="again in 60 s") as caught:
        await world.predict(GOOD)
    assert caught.value.retry_after == PAUSE
    assert world.runtime.runs == IN_A_ROW


async def test_an_answer_in_between_ends_the_row() -> None:
    world = await stack()
    for _ in range(IN_A_ROW + 1):
        await crash(world, IN_A_ROW - 1)
        assert (await world.predict(GOOD)).rows == [1]


async def test_a_kept_result_ends_the_row_too() -> None:
    world = Stack(crashing)
    await world.publish()
    assert not (await world.predict(GOOD)).cached
    for _ in range(IN_A_ROW):
        await crash(world, IN_A_ROW - 1)
        assert (await world.predict(GOOD)).cached


async def test_strangers_pause_a_public_model_for_themselves_alone() -> None:
    world = await stack()
    await world.registry.update_model(ADA, world.model_id, ModelChange(is_public=True))
    await crash(world, IN_A_ROW, by=EVE)
    with pytest.raises(ModelPaused):
        await world.predict(GOOD, by=EVE)
    assert (await world.predict(GOOD)).rows == [1]


async def test_a_paused_model_is_ready_for_others() -> None:
    world = await stack()
    await world.registry.update_model(ADA, world.model_id, ModelChange(is_public=True))
    await crash(world, IN_A_ROW, by=EVE)
    with pytest.raises(ModelPaused):
        await world.service.check_ready(EVE, world.model_id, "")
    await world.service.check_ready(ADA, world.model_id, "")


def test_a_crash_after_the_pause_begins_the_next_one() -> None:
    clock = Clock()
    crashes = Crashes(clock)

    def run(error: Exception | None) -> None:
        with crashes.counted("t1", "models/1"):
            if error:
                raise error

    for _ in range(IN_A_ROW):
        with pytest.raises(ModelCrashed):
            run(ModelCrashed.of())
    clock.now += PAUSE
    with pytest.raises(ModelCrashed):
        run(ModelCrashed.of())
    with pytest.raises(ModelPaused):
        run(None)
    clock.now += PAUSE
    run(None)
    crashes.answered("t1", "models/1")
    run(None)


def test_other_errors_and_other_models_are_no_part_of_the_row() -> None:
    crashes = Crashes(Clock())
    for error in (ModelCrashed.of(), ValueError(), ModelCrashed.of(), ValueError()):
        with pytest.raises(type(error)), crashes.counted("t1", "models/1"):
            raise error
    for _ in range(IN_A_ROW):
        with pytest.raises(ModelCrashed), crashes.counted("t1", "models/2"):
            raise ModelCrashed.of()
    with crashes.counted("t1", "models/1"):
        pass
