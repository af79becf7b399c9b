"""The judge: what it does with rollouts."""

from datetime import timedelta

import pytest

from maas.domain.identity.principals import JUDGE
from maas.domain.inference.statistics import Slot
from maas.domain.monitoring.baselines import BaselineKind
from maas.domain.monitoring.drift import ColumnDrift, Drift, Side
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.windows import Window
from maas.domain.rollouts.guards import Guard, Metric
from maas.domain.rollouts.plans import Plan, Step
from maas.domain.rollouts.rollouts import RolloutAction, RolloutState
from maas.services.judging import Answer
from tests.support.judged_world import BAD, GOOD, NOON, World


@pytest.fixture
def world() -> World:
    return World()


async def test_a_breach_aborts_at_the_next_look_and_says_why(world: World) -> None:
    world.count(BAD)
    assert await world.look() is Answer.ABORTED
    assert world.rollout.state is RolloutState.ABORTED
    by, model_id, change = world.rollouts.changes[-1]
    assert (by.subject, by.tenant_id, model_id, change.alias, change.expected) == (
        JUDGE,
        "acme",
        "iris",
        "production",
        7,
    )
    assert change.reason.startswith("error_rate: 60 of 60 (100 %) calls of the candidate failed")


async def test_a_good_candidate_is_promoted_step_by_step(world: World) -> None:
    answers = list[Answer]()
    for _ in range(6):
        world.count(GOOD)
        answers.append(await world.look())
        if world.rollout.state is RolloutState.PROMOTED:
            break
    watched, advanced = Answer.WATCHED, Answer.ADVANCED
    assert answers == [watched, watched, advanced, watched, Answer.PROMOTED]


async def test_a_step_waits_for_the_calls_of_its_guards(world: World) -> None:
    for _ in range(10):
        assert await world.look() is Answer.WATCHED
    assert world.rollout.step == 0
    world.count(GOOD)
    assert await world.look() is Answer.ADVANCED


async def test_each_step_has_its_own_calls(world: World) -> None:
    world.count(GOOD)
    for _ in range(3):
        await world.look()
    assert world.rollout.step == 1
    for _ in range(5):
        assert await world.look() is Answer.WATCHED
    assert world.rollout.step == 1


@pytest.mark.parametrize("plan", [Plan.AB, Plan.SHADOW])
async def test_a_plan_without_an_end_is_never_promoted(world: World, plan: Plan) -> None:
    world.begin(plan=plan, steps=(Step(50, 0),))
    world.count(GOOD)
    assert {await world.look() for _ in range(5)} == {Answer.WATCHED}


async def test_a_scheduled_rollout_starts_at_its_time(world: World) -> None:
    world.begin(state=RolloutState.SCHEDULED, start_at=world.now + timedelta(seconds=90))
    assert [await world.look() for _ in range(3)] == [Answer.WATCHED, Answer.WATCHED, Answer.STARTED]
    assert world.rollout.state is RolloutState.RUNNING


async def test_a_persons_pause_is_not_ended_and_still_judged(world: World) -> None:
    world.count(GOOD)
    await world.look()
    await world.change(RolloutAction.PAUSE, "lunch")
    for _ in range(5):
        assert await world.look() is Answer.WATCHED
    assert (world.rollout.state, world.rollout.reason) == (RolloutState.PAUSED, "lunch")
    world.count(BAD)
    assert await world.look() is Answer.ABORTED


async def test_a_pause_is_no_time_of_a_step(world: World) -> None:
    world.count(GOOD)
    await world.look()
    await world.change(RolloutAction.PAUSE)
    for _ in range(5):
        await world.look()
    await world.change(RolloutAction.RESUME)
    assert [await world.look() for _ in range(2)] == [Answer.WATCHED, Answer.ADVANCED]


async def test_a_blue_green_move_is_compared_with_lives_hour_before(world: World) -> None:
    world.begin(plan=Plan.BLUE_GREEN, steps=(Step(100, 60),))
    failing = {"calls": 100, "error:model_crashed": 40}
    minute = int(world.now.timestamp() // 60)
    world.statistics.add({Slot("acme", "iris", minute - 30): {"1.0.0": failing}})
    world.count({"candidate": failing})
    assert [await world.look() for _ in range(2)] == [Answer.WATCHED, Answer.PROMOTED]


@pytest.mark.parametrize(
    ("candidate", "answer"),
    [
        ({"n": 100, "ok": 50}, Answer.ABORTED),
        ({"n": 100, "ok": 89}, Answer.PROMOTED),
        ({"n": 10, "ok": 0}, Answer.WATCHED),
        ({}, Answer.WATCHED),
    ],
)
async def test_feedback_decides_on_a_candidate(world: World, candidate: dict[str, int], answer: Answer) -> None:
    world.begin(steps=(Step(5, 0),), guards=(Guard(metric=Metric.FEEDBACK, threshold=0.05),))
    world.feedback.rollouts = {
        ("acme", "rollout-of-iris", "live"): {"n": 1000, "ok": 900},
        ("acme", "rollout-of-iris", "candidate"): candidate,
    }
    assert await world.look() is answer


@pytest.mark.parametrize(("bound", "answer"), [(1e-9, Answer.ABORTED), (0.2, Answer.PROMOTED)])
async def test_drift_decides_on_a_candidate(world: World, bound: float, answer: Answer) -> None:
    world.begin(steps=(Step(5, 0),), guards=(Guard(metric=Metric.DRIFT, threshold=0.2),))
    assert await world.look() is Answer.WATCHED
    column = ColumnDrift(name="age", side=Side.INPUT, p_value=1e-12, index=0.5, bound=bound)
    report = DriftReport(
        version="2.0.0",
        window=Window(0, 3600),
        made_at=NOON,
        rows=500,
        baseline=BaselineKind.GIVEN,
        baseline_rows=1000,
        drift=Drift(500, 1000, (column,)),
    )
    world.reports.put_report(Place("acme", "iris", "2.0.0"), report)
    assert await world.look() is answer
    assert world.watches.kept["rollout-of-iris"].reports == 1
