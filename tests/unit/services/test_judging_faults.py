"""The judge without figures, with clocks that differ, beside other judges, and with what fails."""

import pytest

from maas.domain.errors import Unavailable
from maas.domain.rollouts.plans import Step
from maas.domain.rollouts.rollouts import RolloutState
from maas.services.judging import UNREADABLE, Answer
from tests.support.judged_world import BAD, GOOD, World


@pytest.fixture
def world() -> World:
    return World()


async def test_a_rollout_without_readable_figures_pauses_and_goes_on_by_itself(world: World) -> None:
    world.count(GOOD)
    world.statistics.is_gone = True
    assert [await world.look() for _ in range(5)] == [Answer.PAUSED, *[Answer.UNREADABLE] * 4]
    assert (world.rollout.state, world.rollout.reason) == (RolloutState.PAUSED, UNREADABLE)
    world.statistics.is_gone = False
    assert await world.look() is Answer.RESUMED
    assert (world.rollout.state, world.rollout.step) == (RolloutState.RUNNING, 0)


async def test_the_time_without_figures_is_no_time_of_a_step(world: World) -> None:
    world.count(GOOD)
    await world.look()
    world.statistics.is_gone = True
    for _ in range(5):
        await world.look()
    world.statistics.is_gone = False
    assert await world.look() is Answer.RESUMED
    assert await world.look() is Answer.WATCHED


async def test_a_breach_is_found_as_soon_as_figures_are_back(world: World) -> None:
    world.count(BAD)
    world.statistics.is_gone = True
    await world.look()
    world.statistics.is_gone = False
    assert await world.look() is Answer.ABORTED


@pytest.mark.parametrize("minutes_off", [-10, 10])
async def test_counts_by_a_clock_ten_minutes_off_are_seen(world: World, minutes_off: int) -> None:
    world.count(BAD, minutes_off=minutes_off)
    assert await world.look() is Answer.ABORTED


async def test_judges_with_clocks_ten_minutes_apart_skip_no_step(world: World) -> None:
    world.begin(steps=(Step(5, 600), Step(100, 600)))
    answers = list[Answer]()
    for look in range(10):
        world.skew = 600.0 * (look % 2)
        world.count(GOOD)
        answers.append(await world.look())
    assert answers == [Answer.WATCHED] * 10


async def test_a_clock_that_jumps_ten_minutes_counts_nothing_twice(world: World) -> None:
    for look in range(30):
        world.skew = 600.0 * (look % 3 - 1)
        world.begin(steps=(Step(5, 10_000), Step(100, 60)), revision=7 + look)
        world.count({"live": {"calls": 19}, "candidate": {"calls": 1}})
        await world.look()
    found = world.watches.kept["rollout-of-iris"].figures(5)
    assert (found.live.failed.calls, found.candidate.failed.calls) == (570, 30)


async def test_counts_that_expired_in_the_store_are_kept(world: World) -> None:
    world.begin(steps=(Step(5, 100_000), Step(100, 60)))
    for _ in range(150):
        world.count({"live": {"calls": 19}, "candidate": {"calls": 1}})
        await world.look()
    assert world.watches.kept["rollout-of-iris"].figures(5).candidate.failed.calls == 150


async def test_another_judges_look_is_not_repeated(world: World) -> None:
    world.count(BAD)
    other = world.watches.put
    world.watches.put = lambda rollout_id, watch: other(rollout_id, watch) and other(rollout_id, watch)  # type: ignore[method-assign]
    assert await world.look() is Answer.WATCHED
    assert world.rollouts.changes == []


async def test_a_rollout_that_somebody_changed_meanwhile_is_left_alone(world: World) -> None:
    world.count(BAD)
    get = world.watches.get

    def changed_meanwhile(rollout_id: str) -> None:
        world.begin(revision=8)
        get(rollout_id)

    world.watches.get = changed_meanwhile  # type: ignore[method-assign]
    assert await world.look() is Answer.WATCHED
    assert world.rollout.state is RolloutState.RUNNING


async def test_one_failing_rollout_keeps_no_other_from_its_judge(world: World) -> None:
    for model_id in ("rose", "lily", "tulip"):
        world.begin(model_id)
        world.count(BAD, model_id=model_id)
    world.begin(guards=None)  # such a record can't be judged
    answers = sorted(looked.answer for looked in await world.judge.look(lambda: 1.0))
    assert answers == ["aborted", "aborted", "aborted", "failed"]


async def test_a_store_of_watches_that_does_not_answer_promotes_nothing(world: World) -> None:
    world.count(GOOD)
    await world.look()
    world.watches.is_gone = True
    assert [await world.look() for _ in range(4)] == [Answer.FAILED] * 4
    assert world.rollouts.changes == []


async def test_rollouts_that_no_time_is_left_for_are_left(world: World) -> None:
    assert [looked.answer for looked in await world.judge.look(lambda: 0.0)] == [Answer.LEFT]


async def test_a_registry_that_does_not_answer_is_an_error(world: World) -> None:
    world.rollouts.is_gone = True
    with pytest.raises(Unavailable):
        await world.judge.look(lambda: 1.0)
