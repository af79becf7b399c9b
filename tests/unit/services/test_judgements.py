"""What a judge lets people see of its looks."""

from datetime import timedelta

import pytest

from maas.domain.errors import Unavailable
from maas.domain.judging.findings import GuardState, Judgement, Waits
from maas.domain.rollouts.guards import Guard, Metric
from maas.domain.rollouts.plans import Plan, Step
from maas.domain.rollouts.rollouts import RolloutAction, RolloutState
from maas.services.judging import Answer
from tests.support.judged_world import BAD, GOOD, NOON, World


@pytest.fixture
def world() -> World:
    return World()


async def judged(world: World) -> Judgement:
    await world.look()
    found = world.watches.judgement("rollout-of-iris")
    assert found
    return found


async def test_a_step_waits_for_calls_and_then_for_its_time(world: World) -> None:
    first = await judged(world)
    assert (first.waits_for, first.at, first.step, first.result) == (Waits.CALLS, NOON, 0, "watched")
    assert [guard.state for guard in first.guards] == [GuardState.GATHERING]
    world.count(GOOD)
    second = await judged(world)
    assert (second.waits_for, second.seconds_left) == (Waits.TIME, 60.0)
    assert [guard.state for guard in second.guards] == [GuardState.HOLDS]


async def test_a_guard_shows_calls_values_bounds_and_evidence_of_both_sides(world: World) -> None:
    world.count({"live": {"calls": 950, "error:model_crashed": 19}, "candidate": {"calls": 60}})
    [guard] = (await judged(world)).guards
    assert (guard.live.calls, guard.live.value, guard.candidate.calls, guard.candidate.value) == (950, 0.02, 60, 0.0)
    assert guard.live.low
    assert guard.live.high
    assert 0 < guard.live.low < 0.02 < guard.live.high < 0.05
    assert guard.candidate.high
    assert guard.candidate.high < 0.3
    assert guard.limit == pytest.approx(40)  # 5 % over one guard and two steps
    assert guard.e_value is not None
    assert guard.e_value < 1.5


async def test_a_breach_is_shown_after_the_end(world: World) -> None:
    world.count(BAD)
    found = await judged(world)
    assert (found.result, found.waits_for, found.guards[0].state) == ("aborted", None, GuardState.BREACHED)
    assert found.guards[0].e_value is not None
    assert found.guards[0].e_value > found.guards[0].limit


async def test_without_counts_a_rollout_says_so(world: World) -> None:
    world.statistics.is_gone = True
    for result in ("paused", "unreadable"):
        found = await judged(world)
        assert (found.waits_for, found.result, found.guards) == (Waits.COUNTS, result, ())


async def test_a_system_that_does_not_answer_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_tenant: str, _rollout: str) -> None:
        raise Unavailable("feedback can't be read just now; try again")

    world.begin(guards=(Guard(metric=Metric.FEEDBACK, threshold=0.05),))
    monkeypatch.setattr(world.feedback, "sides", gone)
    found = await judged(world)
    assert (found.waits_for, found.reason) == (Waits.FIGURES, "feedback can't be read just now; try again")


async def test_a_scheduled_a_paused_and_an_endless_rollout_say_what_they_wait_for(world: World) -> None:
    world.begin(state=RolloutState.SCHEDULED, start_at=world.now + timedelta(hours=1))
    assert (await judged(world)).waits_for is Waits.START
    world.begin(plan=Plan.AB, steps=(Step(50, 0),))
    world.count(GOOD)
    assert (await judged(world)).waits_for is Waits.PERSON
    world.begin(state=RolloutState.PAUSED, reason="lunch")
    assert (await judged(world)).waits_for is Waits.PERSON


async def test_a_judge_that_comes_second_keeps_the_firsts_judgement(world: World) -> None:
    world.count(GOOD)
    first = await judged(world)
    await world.change(RolloutAction.PAUSE)
    world.begin(revision=3)  # as another judge reads it, before the pause
    world.watches.put = lambda *_: False  # type: ignore[method-assign]
    assert await world.look() is Answer.WATCHED
    assert world.watches.judgement("rollout-of-iris") == first


async def test_a_rollout_is_noted_as_its_models(world: World) -> None:
    await world.look()
    await world.look()
    assert world.watches.noted == {("acme", "iris", "rollout-of-iris")}


async def test_a_judgement_that_cannot_be_kept_keeps_nothing_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_rollout: str, _judgement: Judgement) -> None:
        raise Unavailable("judgements can't be stored just now; try again")

    monkeypatch.setattr(world.watches, "put_judgement", gone)
    world.count(BAD)
    assert await world.look() is Answer.ABORTED
