"""Releases: publish, load, canary and promotion as one workflow, which is killed at each of its steps."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from maas.domain.catalog.versions import VersionState
from maas.domain.errors import Unavailable, WrongState
from maas.domain.rollouts.plans import Plan, Step
from maas.domain.rollouts.rollouts import NewRollout, Rollout, RolloutAction, RolloutChange, RolloutState
from maas.services.call_statistics import KeptStatistics
from maas.services.judging import Answer, JudgeService
from tests.fakes.feedback import FakeFeedback
from tests.fakes.monitoring import FakeSketchStore
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.rollouts import FakeWatches
from tests.support.aliases import move_alias
from tests.support.http_gateway import person
from tests.support.registry_server import SIGNATURE, make_model, make_published, make_ready

ADA = person()
CALLS = ("get_version", "publish_version", "change_rollout")


@dataclass
class Killed:
    """A registry whose caller is killed at its n-th call: before it, or after it so that the answer is lost."""

    registry: FakeRegistry
    at: int
    is_done: bool
    calls: int = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.registry, name)

        async def call(*args: Any, **options: Any) -> Any:
            if name in CALLS:
                self.calls += 1
                if self.calls == self.at and not self.is_done:
                    raise SystemExit
            answer = await method(*args, **options)
            if name in CALLS and self.calls == self.at:
                raise SystemExit
            return answer

        return call


@dataclass
class World:
    registry: FakeRegistry
    model_id: str
    watches: FakeWatches = field(default_factory=FakeWatches)
    now: float = 1_800_000_000.0

    async def look(self, registry: Any = None) -> Answer:
        stores = KeptStatistics(), self.watches, FakeFeedback(), FakeSketchStore()
        judge = JudgeService(registry or self.registry, *stores, clock=lambda: self.now)
        self.now += 61
        looked = await judge.look(lambda: 1.0)
        return looked[0].answer if looked else Answer.LEFT

    async def release(self, **options: Any) -> Rollout:
        steps: Sequence[Step] = (Step(10, 60), Step(100, 60))
        new = NewRollout(alias="production", candidate="1.1.0", release=True, steps=steps, guards=(), **options)
        rollout, _ = await self.registry.start_rollout(ADA, self.model_id, new)
        return rollout

    async def rollout(self) -> Rollout:
        return await self.registry.get_rollout(ADA, self.model_id, "production")

    async def state(self) -> VersionState:
        return (await self.registry.get_version(ADA, self.model_id, "1.1.0")).state

    async def target(self) -> str:
        return (await self.registry.get_alias(ADA, self.model_id, "production")).version


async def fresh() -> World:
    """A world with a version 1.0.0 at which production points, and 1.1.0, which is ready."""
    registry = fake_registry()
    model = await make_model(registry, ADA)
    await make_published(registry, ADA, model, "1.0.0")
    await make_ready(registry, ADA, model, "1.1.0")
    await move_alias(registry, ADA, model, "1.0.0")
    return World(registry, model.id)


@pytest.fixture
async def world() -> World:
    return await fresh()


async def test_a_release_goes_from_a_ready_version_to_the_alias(world: World) -> None:
    begun = await world.release()
    assert (begun.state, begun.percent, begun.publishes) == (RolloutState.PREPARING, 0, True)
    assert (await world.state(), await world.target()) == (VersionState.READY, "1.0.0")
    answers = []
    while Answer.PROMOTED not in answers:
        answers.append(await world.look())
    assert [each for each in answers if each is not Answer.WATCHED] == [
        Answer.PUBLISHED,
        Answer.STARTED,
        Answer.ADVANCED,
        Answer.PROMOTED,
    ]
    assert (await world.state(), await world.target()) == (VersionState.PUBLISHED, "1.1.0")


async def test_a_release_that_is_killed_at_any_call_ends_as_one_that_is_not() -> None:
    kills = 0
    for is_done in (False, True):
        for at in range(1, 8):
            world = await fresh()
            await world.release()
            killed = Killed(world.registry, at, is_done)
            for _ in range(12):
                try:
                    await world.look(killed)
                except SystemExit:
                    kills += 1
            assert (await world.rollout()).state is RolloutState.PROMOTED, (is_done, at)
            assert (await world.state(), await world.target()) == (VersionState.PUBLISHED, "1.1.0")
    assert kills == 2 * 6  # a release makes six calls: the seventh kills nothing


@pytest.mark.parametrize("looks", [0, 1, 2, 4])
async def test_an_aborted_release_leaves_what_was_before(world: World, looks: int) -> None:
    await world.release()
    for _ in range(looks):
        await world.look()
    await world.registry.change_rollout(
        ADA, world.model_id, RolloutChange(alias="production", action=RolloutAction.ABORT, reason="no")
    )
    assert (await world.state()) in (VersionState.READY, VersionState.DEPRECATED)
    assert (await world.state() is VersionState.READY) == (looks == 0)
    assert await world.target() == "1.0.0"
    assert (await world.registry.get_version(ADA, world.model_id, "latest")).version == "1.0.0"


async def test_an_aborted_release_leaves_its_candidate_to_another_rollout(world: World) -> None:
    model = await world.registry.get_model(ADA, world.model_id)
    await move_alias(world.registry, ADA, model, "1.0.0", alias="staging")
    await world.release()
    await world.look()
    other = NewRollout(alias="staging", candidate="1.1.0", guards=(), steps=(Step(10, 0), Step(100, 0)))
    await world.registry.start_rollout(ADA, world.model_id, other)
    abort = RolloutChange(alias="production", action=RolloutAction.ABORT)
    await world.registry.change_rollout(ADA, world.model_id, abort)
    assert await world.state() is VersionState.PUBLISHED
    assert [await world.look() for _ in range(2)] == [Answer.ADVANCED, Answer.PROMOTED]
    assert (await world.registry.get_alias(ADA, world.model_id, "staging")).version == "1.1.0"


async def test_a_release_that_breaks_callers_is_published_with_its_reason(world: World) -> None:
    model = await world.registry.get_model(ADA, world.model_id)
    await make_ready(world.registry, ADA, model, "1.2.0", replace(SIGNATURE, inputs=()))
    new = NewRollout(alias="production", candidate="1.2.0", release=True, force="known")
    await world.registry.start_rollout(ADA, world.model_id, replace(new, plan=Plan.BLUE_GREEN))
    assert await world.look() is Answer.PUBLISHED  # forced with the rollout's reason
    assert (await world.registry.get_version(ADA, world.model_id, "1.2.0")).forced == "known"


async def test_the_candidate_of_a_release_can_t_be_deleted(world: World) -> None:
    await world.release()
    with pytest.raises(WrongState, match="candidate"):
        await world.registry.delete_version(ADA, world.model_id, "1.1.0")


async def test_a_registry_that_is_gone_ends_nothing(world: World) -> None:
    await world.release()

    class Gone:
        def __getattr__(self, name: str) -> Any:
            if name in CALLS:
                raise Unavailable("the registry does not answer")
            return getattr(world.registry, name)

    assert await world.look(Gone()) is Answer.FAILED
    assert (await world.rollout()).state is RolloutState.PREPARING
    assert await world.look() is Answer.PUBLISHED
