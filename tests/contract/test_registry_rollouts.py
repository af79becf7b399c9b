"""Rollouts of aliases, on every implementation of the registry."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from maas.domain.catalog.aliases import AliasTarget, MoveKind
from maas.domain.errors import MaasError, RevisionMismatch, WrongState
from maas.domain.rollouts.guards import DEFAULT_GUARDS, Guard, Metric
from maas.domain.rollouts.plans import DEFAULT_STEPS, Plan, Step
from maas.domain.rollouts.rollouts import NewRollout, RolloutAction, RolloutState
from maas.domain.rollouts.sticky import sticky_by
from maas.domain.rollouts.tolerances import Tolerance
from maas.services.ports.registry import Registry
from tests.support.aliases import EXISTS, alias_history, move_alias
from tests.support.registry_server import broken_field, person
from tests.support.rollouts import ALIAS, begin, change, rollable

TASKS = 12


async def test_a_new_rollout_is_read_back_with_every_field(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by)
    start_at = datetime.now(UTC) + timedelta(hours=1)
    new = NewRollout(
        alias=ALIAS,
        candidate="^1.1",
        plan=Plan.CANARY,
        steps=(Step(2.5, 60), Step(100, 0)),
        sticky_by=sticky_by("header:X-User"),
        guards=(Guard(metric=Metric.LATENCY, threshold=1.1, min_calls=7, quantile=0.95),),
        budget=5,
        tolerance=Tolerance(absolute=0.5, relative=0),
        start_at=start_at,
        force="agreed",
    )
    made, created = await registry.start_rollout(by, model.id, new)
    assert created
    assert (made.live, made.candidate, made.plan, made.steps) == ("1.0.0", "1.1.0", Plan.CANARY, new.steps)
    assert (made.sticky_by, made.guards, made.budget, made.start_at) == (new.sticky_by, new.guards, 5, start_at)
    assert made.tolerance == new.tolerance
    assert (made.state, made.step, made.percent, made.force) == (RolloutState.SCHEDULED, 0, 0, "agreed")
    assert (made.created_by, made.created_at) == (by.subject, made.since)
    assert made.revision == (await registry.get_model(by, model.id)).revision
    assert await registry.get_rollout(by, model.id, ALIAS) == made
    assert (await registry.get_alias(by, model.id, ALIAS)).rollout == made


async def test_what_is_not_asked_for_has_defaults(registry: Registry) -> None:
    by = person()
    made = await begin(registry, by, await rollable(registry, by))
    assert (made.plan, made.steps, made.guards) == (Plan.CANARY, DEFAULT_STEPS[Plan.CANARY], DEFAULT_GUARDS)
    assert (made.state, made.percent, made.start_at, str(made.sticky_by)) == (RolloutState.RUNNING, 1, None, "caller")


async def test_a_start_in_the_past_begins_at_once(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by)
    made = await begin(registry, by, model, start_at=datetime.now(UTC) - timedelta(minutes=10))
    assert made.state is RolloutState.RUNNING


async def test_asking_again_changes_nothing_and_asking_otherwise_is_refused(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by, "1.1.0", "1.2.0")
    asked = NewRollout(alias=ALIAS, candidate="1.1.0")
    first = await begin(registry, by, model)
    assert await registry.start_rollout(by, model.id, asked) == (first, False)
    assert len(await alias_history(registry, by, model)) == 2
    for other in (
        NewRollout(alias=ALIAS, candidate="1.2.0"),
        NewRollout(alias=ALIAS, candidate="1.1.0", plan=Plan.AB),
        NewRollout(alias=ALIAS, candidate="1.1.0", steps=(Step(1, 60),)),
        NewRollout(alias=ALIAS, candidate="1.1.0", guards=()),
        NewRollout(alias=ALIAS, candidate="1.1.0", budget=1),
        NewRollout(alias=ALIAS, candidate="1.1.0", tolerance=Tolerance(relative=0.5)),
        NewRollout(alias=ALIAS, candidate="1.1.0", sticky_by=sticky_by("random")),
    ):
        with pytest.raises(WrongState) as error:
            await registry.start_rollout(by, model.id, other)
        assert broken_field(error) == ("alias", "state")
    assert await registry.get_rollout(by, model.id, ALIAS) == first


async def test_one_of_many_rollouts_at_once_begins(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by, *(f"1.{number}.0" for number in range(1, TASKS + 1)))
    asked = [NewRollout(alias=ALIAS, candidate=f"1.{number}.0") for number in range(1, TASKS + 1)]
    answers = await asyncio.gather(
        *(registry.start_rollout(by, model.id, new) for new in asked), return_exceptions=True
    )
    [(won, created)] = [answer for answer in answers if isinstance(answer, tuple)]
    lost = [answer for answer in answers if isinstance(answer, BaseException)]
    assert created
    assert len(lost) == TASKS - 1
    assert all(isinstance(error, WrongState) and error.fields[0].field == "alias" for error in lost)
    assert await registry.get_rollout(by, model.id, ALIAS) == won
    assert [move.kind for move in await alias_history(registry, by, model)] == [MoveKind.CREATE, MoveKind.ROLLOUT]


async def test_one_of_many_changes_from_a_revision_is_made(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by)
    begun = await begin(registry, by, model)
    ends = [RolloutAction.PROMOTE, RolloutAction.ABORT] * (TASKS // 2)
    answers = await asyncio.gather(
        *(change(registry, by, model, action, expected=begun.revision) for action in ends), return_exceptions=True
    )
    [won] = [answer for answer in answers if not isinstance(answer, BaseException)]
    lost = [answer for answer in answers if isinstance(answer, MaasError)]
    assert {type(error) for error in lost} == {RevisionMismatch}
    assert await registry.get_rollout(by, model.id, ALIAS) == won
    points = {RolloutState.PROMOTED: "1.1.0", RolloutState.ABORTED: "1.0.0"}
    assert (await registry.get_alias(by, model.id, ALIAS)).version == points[won.state]


async def test_a_rollout_and_a_move_of_its_alias_at_once_do_not_both_happen(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by, "1.1.0", "1.2.0")
    for _ in range(4):
        before = await registry.get_alias(by, model.id, ALIAS)
        asked = NewRollout(alias=ALIAS, candidate="1.1.0")
        moved, begun = await asyncio.gather(
            registry.set_alias(by, model.id, AliasTarget(alias=ALIAS, version="1.2.0", expected=EXISTS)),
            registry.start_rollout(by, model.id, asked),
            return_exceptions=True,
        )
        assert isinstance(begun, tuple), begun  # a rollout begins before the move or after it
        assert begun[0].live == ("1.0.0" if isinstance(moved, WrongState) else "1.2.0")
        await change(registry, by, model, RolloutAction.ABORT)
        await move_alias(registry, by, model, before.version)


async def test_a_promotion_moves_the_alias_and_rollbacks_lead_back_past_it(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by, "1.1.0", "1.2.0")
    for number in ("1.1.0", "1.2.0"):
        await begin(registry, by, model, number)
        await change(registry, by, model, RolloutAction.ADVANCE)
        promoted = await change(registry, by, model, RolloutAction.PROMOTE, "as planned")
        assert (promoted.state, promoted.percent) == (RolloutState.PROMOTED, 100)
        alias = await registry.get_alias(by, model.id, ALIAS)
        assert (alias.version, alias.revision, alias.rollout) == (number, promoted.revision, None)
        assert await registry.get_rollout(by, model.id, ALIAS) == promoted
        assert (await registry.get_version(by, model.id, ALIAS)).version == number
    for number in ("1.1.0", "1.0.0"):
        assert (await registry.rollback_alias(by, model.id, ALIAS)).version == number
    with pytest.raises(MaasError):
        await registry.rollback_alias(by, model.id, ALIAS)


async def test_every_change_is_in_the_history_with_its_rollout(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by)
    await begin(registry, by, model)
    for action in (RolloutAction.PAUSE, RolloutAction.RESUME, RolloutAction.ADVANCE, RolloutAction.ABORT):
        await change(registry, by, model, action, f"to {action}")
    moves = (await alias_history(registry, by, model))[1:]
    assert [(move.kind, move.from_version, move.to_version) for move in moves] == [
        (MoveKind.ROLLOUT, "1.0.0", "1.0.0")
    ] * 5
    assert [(move.reason, move.rollout and str(move.rollout.state)) for move in moves] == [
        ("", "running"),
        ("to pause", "paused"),
        ("to resume", "running"),
        ("to advance", "running"),
        ("to abort", "aborted"),
    ]
    assert [move.rollout and move.rollout.step for move in moves] == [0, 0, 0, 1, 1]


async def test_a_rollback_after_aborted_rollouts_goes_to_the_version_before(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by, "1.1.0", "1.2.0")
    await move_alias(registry, by, model, "1.1.0")
    for _ in range(2):
        await begin(registry, by, model, "1.2.0")
        await change(registry, by, model, RolloutAction.ABORT)
    assert (await registry.rollback_alias(by, model.id, ALIAS)).version == "1.0.0"


async def test_an_active_rollout_holds_its_alias_and_its_candidate(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by, "1.1.0", "1.2.0")
    await begin(registry, by, model)
    for action in (None, RolloutAction.PAUSE):
        if action:
            await change(registry, by, model, action)
        for call, field in (
            (registry.set_alias(by, model.id, AliasTarget(alias=ALIAS, version="1.2.0", expected=EXISTS)), "alias"),
            (registry.delete_alias(by, model.id, ALIAS), "alias"),
            (registry.rollback_alias(by, model.id, ALIAS), "alias"),
            (registry.deprecate_version(by, model.id, "1.1.0"), "aliases"),
            (registry.deprecate_version(by, model.id, "1.0.0"), "aliases"),
        ):
            with pytest.raises(WrongState) as error:
                await call
            assert broken_field(error) == (field, "state")
    await change(registry, by, model, RolloutAction.ABORT)
    await registry.deprecate_version(by, model.id, "1.1.0")


async def test_a_scheduled_rollout_is_started_by_hand(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by)
    await begin(registry, by, model, start_at=datetime.now(UTC) + timedelta(days=1))
    started = await change(registry, by, model, RolloutAction.START)
    assert (started.state, started.percent) == (RolloutState.RUNNING, 1)


async def test_another_rollout_begins_after_the_end_of_one(registry: Registry) -> None:
    by = person()
    model = await rollable(registry, by)
    first = await begin(registry, by, model)
    await change(registry, by, model, RolloutAction.ABORT)
    second = await begin(registry, by, model)
    assert (second.id != first.id, second.state) == (True, RolloutState.RUNNING)
