"""The judge: what it does with rollouts, and what it does not do without figures."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from maas.domain.errors import Unavailable
from maas.domain.identity.principals import JUDGE
from maas.domain.inference.statistics import ByVersion, Slot, of_rollout
from maas.domain.monitoring.baselines import BaselineKind
from maas.domain.monitoring.drift import ColumnDrift, Drift, Side
from maas.domain.monitoring.places import Place
from maas.domain.monitoring.reports import DriftReport
from maas.domain.monitoring.windows import Window
from maas.domain.rollouts.guards import Guard, Metric
from maas.domain.rollouts.plans import Plan, Step
from maas.domain.rollouts.rollouts import ActiveRollout, Rollout, RolloutAction, RolloutChange, RolloutState
from maas.domain.rollouts.sticky import StickyBy, StickyKind
from maas.services.call_statistics import KeptStatistics
from maas.services.judging import UNREADABLE, Answer, JudgeService
from tests.fakes.feedback import FakeFeedback
from tests.fakes.monitoring import FakeSketchStore
from tests.fakes.rollouts import FakeRollouts, FakeWatches

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
GUARDS = (Guard(metric=Metric.ERROR_RATE, threshold=0.01),)
STEPS = (Step(5, 120), Step(100, 60))
GOOD: dict[str, Mapping[str, int]] = {"live": {"calls": 950}, "candidate": {"calls": 60}}
BAD: dict[str, Mapping[str, int]] = {"live": {"calls": 950}, "candidate": {"calls": 60, "error:model_crashed": 60}}


class Statistics(KeptStatistics):
    """Counts of this test. `is_gone` is a store that does not answer."""

    is_gone = False

    def read(self, tenant_id: str, model_id: str, minutes: range) -> ByVersion | None:  # type: ignore[override]
        return None if self.is_gone else super().read(tenant_id, model_id, minutes)


class World:
    """One rollout, looked at each minute of a clock that `skew` puts forward or back."""

    def __init__(self) -> None:
        self.rollouts, self.statistics, self.watches = FakeRollouts(), Statistics(), FakeWatches()
        self.feedback, self.reports = FakeFeedback(), FakeSketchStore()
        self.now, self.skew = NOON, 0.0
        self.judge = JudgeService(
            self.rollouts,
            self.statistics,
            self.watches,
            self.feedback,
            self.reports,
            clock=lambda: self.now.timestamp() + self.skew,
        )
        self.begin()

    def begin(self, model_id: str = "iris", **changes: object) -> None:
        plain = Rollout(
            id=f"rollout-of-{model_id}",
            live="1.0.0",
            candidate="2.0.0",
            plan=Plan.CANARY,
            steps=STEPS,
            sticky_by=StickyBy(StickyKind.CALLER),
            guards=GUARDS,
            budget=1000,
            state=RolloutState.RUNNING,
            step=0,
            since=self.now,
            start_at=None,
            publishes=False,
            reason="",
            force="",
            created_by="ada",
            created_at=self.now,
            revision=7,
        )
        rollout = replace(plain, **changes)  # type: ignore[arg-type]
        self.rollouts.add(ActiveRollout(tenant_id="acme", model_id=model_id, alias="production", rollout=rollout))

    @property
    def rollout(self) -> Rollout:
        return self.rollouts.rollout("iris")

    def count(self, counts: ByVersion, *, model_id: str = "iris", minutes_off: int = 0) -> None:
        minute = int(self.now.timestamp() // 60) + minutes_off
        self.statistics.add({Slot("acme", of_rollout(f"rollout-of-{model_id}"), minute): counts})

    async def look(self) -> Answer:
        """Looks, and goes on to the next minute."""
        [looked] = await self.judge.look(lambda: 1.0)
        self.now += timedelta(minutes=1)
        return looked.answer

    async def change(self, action: RolloutAction, reason: str = "") -> None:
        change = RolloutChange(alias="production", action=action, reason=reason)
        await self.rollouts.change_rollout(None, "iris", change)  # type: ignore[arg-type]


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


@pytest.mark.parametrize(("index", "answer"), [(0.5, Answer.ABORTED), (0.01, Answer.PROMOTED)])
async def test_drift_decides_on_a_candidate(world: World, index: float, answer: Answer) -> None:
    world.begin(steps=(Step(5, 0),), guards=(Guard(metric=Metric.DRIFT, threshold=0.2),))
    assert await world.look() is Answer.WATCHED
    column = ColumnDrift(name="age", side=Side.INPUT, p_value=1e-12, index=index)
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
