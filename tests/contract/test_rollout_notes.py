"""Notes of active rollouts, and changes by several registry processes, on every store."""

import asyncio

import pytest

from functions.registry.ports import Repository
from maas.domain.catalog.models import Model
from maas.domain.errors import InvalidInput, PermissionDenied, WrongState
from maas.domain.identity.principals import Role, judge
from maas.domain.rollouts.rollouts import NewRollout, RolloutAction
from tests.fakes.registry import FakeRegistry
from tests.support.aliases import alias_history, move_alias
from tests.support.registry_server import broken_field, person
from tests.support.rollouts import ALIAS, begin, change, rollable

ALL = judge("all")
PROCESSES = 4


async def noted(store: Repository, *models: Model) -> list[tuple[str, str]]:
    """The notes of these models. The store may have others, of tests before."""
    ids = {model.id for model in models}
    return [note for note in await store.rollouts(after="", limit=1000) if note[0] in ids]


@pytest.mark.parametrize("end", [RolloutAction.PROMOTE, RolloutAction.ABORT])
async def test_a_note_is_there_while_a_rollout_is_active(store: Repository, end: RolloutAction) -> None:
    registry, by = FakeRegistry(store), person()
    model = await rollable(registry, by)
    assert await noted(store, model) == []
    await begin(registry, by, model)
    for action in (RolloutAction.PAUSE, RolloutAction.RESUME, RolloutAction.ADVANCE):
        assert await noted(store, model) == [(model.id, ALIAS)]
        await change(registry, by, model, action)
    assert await noted(store, model) == [(model.id, ALIAS)]
    await change(registry, by, model, end)
    assert await noted(store, model) == []


async def test_a_deleted_model_takes_its_notes_along(store: Repository) -> None:
    registry, by = FakeRegistry(store), person("", Role.ADMIN)
    model, other = await rollable(registry, by), await rollable(registry, by, name="another")
    await move_alias(registry, by, model, "1.0.0", "staging")
    for each in (model, other):
        await begin(registry, by, each)
    await begin(registry, by, model, alias="staging")
    assert len(await noted(store, model, other)) == 3
    await registry.delete_model(by, model.id)
    assert await noted(store, model, other) == [(other.id, ALIAS)]
    await store.purge(model.id)
    assert await noted(store, model, other) == [(other.id, ALIAS)]


async def test_the_list_of_active_rollouts_has_pages_of_all_organizations(store: Repository) -> None:
    registry = FakeRegistry(store)
    begun = []
    for number in range(5):
        by = person()
        model = await rollable(registry, by, name=f"model {number}")
        begun.append((by.tenant_id, model.id, ALIAS, await begin(registry, by, model)))
    found, after, seen = [], "", set()
    while after not in seen:
        seen.add(after)
        page = await registry.list_rollouts(ALL, limit=2, after=after)
        assert len(page.items) == 2 or not page.next_cursor
        found += [(each.tenant_id, each.model_id, each.alias, each.rollout) for each in page.items]
        after = page.next_cursor
    mine = {model_id for _, model_id, _, _ in begun}
    assert [each for each in found if each[1] in mine] == sorted(begun, key=lambda each: each[1])


async def test_the_list_has_each_of_several_rollouts_of_one_model(store: Repository) -> None:
    registry, by = FakeRegistry(store), person()
    model = await rollable(registry, by)
    await move_alias(registry, by, model, "1.0.0", "staging")
    begun = [await begin(registry, by, model), await begin(registry, by, model, alias="staging")]
    page = await registry.list_rollouts(ALL, limit=1000, after="")
    assert [each.rollout for each in page.items if each.model_id == model.id] == begun


async def test_only_the_judge_lists_rollouts(store: Repository) -> None:
    registry = FakeRegistry(store)
    with pytest.raises(PermissionDenied):
        await registry.list_rollouts(person("", Role.ADMIN), limit=2, after="")
    with pytest.raises(InvalidInput) as error:
        await registry.list_rollouts(ALL, limit=2, after="elsewhere")
    assert broken_field(error) == ("after", "invalid")
    for limit in (0, 1001):
        with pytest.raises(InvalidInput) as error:
            await registry.list_rollouts(ALL, limit=limit, after="")
        assert broken_field(error)[0] == "limit"


async def test_one_of_several_processes_begins_a_rollout(store: Repository) -> None:
    """Each process has its own locks, so the store's conditions decide."""
    registry, by = FakeRegistry(store), person()
    candidates = [f"1.{number}.0" for number in range(1, PROCESSES + 1)]
    model = await rollable(registry, by, *candidates)
    answers = await asyncio.gather(
        *(
            FakeRegistry(store).start_rollout(by, model.id, NewRollout(alias=ALIAS, candidate=candidate))
            for candidate in candidates
        ),
        return_exceptions=True,
    )
    [(won, _)] = [answer for answer in answers if isinstance(answer, tuple)]
    lost = [answer for answer in answers if not isinstance(answer, tuple)]
    assert [type(error) for error in lost] == [WrongState] * (PROCESSES - 1)
    assert await registry.get_rollout(by, model.id, ALIAS) == won
    assert len(await alias_history(registry, by, model)) == 2
    assert await noted(store, model) == [(model.id, ALIAS)]


async def test_one_of_several_processes_ends_a_rollout(store: Repository) -> None:
    registry, by = FakeRegistry(store), person()
    model = await rollable(registry, by)
    await begin(registry, by, model)
    ends = [RolloutAction.PROMOTE, RolloutAction.ABORT] * (PROCESSES // 2)
    answers = await asyncio.gather(
        *(change(FakeRegistry(store), by, model, action) for action in ends), return_exceptions=True
    )
    [won] = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert [type(each) for each in answers if each is not won] == [WrongState] * (PROCESSES - 1)
    assert await registry.get_rollout(by, model.id, ALIAS) == won
    assert len(await alias_history(registry, by, model)) == 3
    assert await noted(store, model) == []
