"""The item of a model has active rollouts alone, and stays below DynamoDB's limit."""

from typing import Any

import pytest

from functions.registry.catalog.rollouts import ROLLOUTS_BYTES_MAX
from functions.registry.store.items import item_of
from functions.registry.store.transactions import attributes
from maas.domain.catalog.aliases import ALIASES_MAX
from maas.domain.catalog.models import Model
from maas.domain.errors import WrongState
from maas.domain.rollouts.guards import GUARDS_MAX, Guard, Metric
from maas.domain.rollouts.plans import STEPS_MAX, Step
from maas.domain.rollouts.rollouts import RolloutAction, RolloutChange, RolloutState
from maas.domain.rollouts.sticky import sticky_by
from maas.domain.value_rules import DESCRIPTION_MAX, REASON_MAX
from tests.fakes.registry import FakeRegistry
from tests.fakes.repository import MemoryRepository
from tests.support.aliases import alias_history, model_with_versions, move_alias
from tests.support.http_gateway import person
from tests.support.rollouts import begin

BY, ITEM_MAX, ROLLOUTS = person(), 400 * 1024, 1_000
# Each character has four bytes in UTF-8.
LONGEST = "\N{RABBIT FACE}" * REASON_MAX
FIELDS: dict[str, Any] = {
    "steps": [Step((place + 1) / 7.3, 2_592_000) for place in range(STEPS_MAX)],
    "guards": [
        Guard(metric=Metric.LATENCY, threshold=1 + 1 / 7, min_calls=1_000_000, quantile=0.5 + place / 29)
        for place in range(GUARDS_MAX)
    ],
    "sticky_by": sticky_by("header:x-" + "u" * 60),
    "budget": 1_000_000,
    "force": LONGEST,
}


def size(value: Any) -> int:
    """The bytes of typed attributes in DynamoDB, rounded up: 3 for a list or map, 1 for an element."""
    [(kind, content)] = value.items()
    match kind:
        case "M":
            return 3 + sum(len(name.encode()) + 1 + size(each) for name, each in content.items())
        case "L":
            return 3 + sum(1 + size(each) for each in content)
        case "S" | "N":
            return len(content.encode()) + 1
    return 1


async def item_size(store: MemoryRepository, model: Model) -> int:
    stored = await store.model(model.id)
    assert stored
    return size({"M": attributes(item_of(stored))})


@pytest.fixture
def store() -> MemoryRepository:
    return MemoryRepository()


@pytest.fixture
def registry(store: MemoryRepository) -> FakeRegistry:
    return FakeRegistry(store)


async def largest(registry: FakeRegistry) -> tuple[Model, list[str]]:
    """A model with the longest fields and as many aliases as it may have."""
    fields = {
        "description": "\N{RABBIT FACE}" * DESCRIPTION_MAX,
        "metadata": {str(place): "m" * 2000 for place in range(16)},
        "tags": [f"{place:02d}" + "t" * 62 for place in range(20)],
    }
    model = await model_with_versions(registry, BY, "1.0.0", "1.1.0", **fields)
    names = [f"a{place:02d}" + "x" * 60 for place in range(ALIASES_MAX)]
    for name in names:
        await move_alias(registry, BY, model, "1.0.0", name, LONGEST)
    return model, names


async def filled(registry: FakeRegistry, model: Model, names: list[str]) -> list[str]:
    """Begins rollouts until one is refused for its room. Returns the aliases of the others."""
    begun = list[str]()
    for name in names:
        try:
            await begin(registry, BY, model, alias=name, **FIELDS)
        except WrongState:
            return begun
        begun.append(name)
    raise AssertionError("all have room")


async def ended(registry: FakeRegistry, model: Model, name: str, action: RolloutAction) -> None:
    await registry.change_rollout(BY, model.id, RolloutChange(alias=name, action=action, reason=LONGEST))


async def test_a_thousand_ended_rollouts_leave_the_item_small_and_the_history_whole(
    store: MemoryRepository, registry: FakeRegistry
) -> None:
    model, names = await largest(registry)
    before = await item_size(store, model)
    for number in range(ROLLOUTS):
        name = names[number % len(names)]
        await begin(registry, BY, model, alias=name, **FIELDS)
        if number % 97 == 0:
            assert await item_size(store, model) < before + 16_000 + 1_000 * ALIASES_MAX
        await ended(registry, model, name, RolloutAction.ABORT)
    assert await item_size(store, model) < before + 1_000 * ALIASES_MAX
    for name in (names[0], names[-1]):
        moves = await alias_history(registry, BY, model, name)
        assert len(moves) == 1 + 2 * ROLLOUTS // ALIASES_MAX
        last = await registry.get_rollout(BY, model.id, name)
        assert (last.state, last.reason, last.force, len(last.guards)) == (RolloutState.ABORTED, LONGEST, LONGEST, 10)
        assert last == moves[-1].rollout


async def test_as_many_active_rollouts_as_there_is_room_for_fit_the_item(
    store: MemoryRepository, registry: FakeRegistry
) -> None:
    model, names = await largest(registry)
    begun = await filled(registry, model, names)
    assert len(begun) > 10
    with pytest.raises(WrongState, match="leave no room for another one"):
        await begin(registry, BY, model, alias=names[len(begun)], **FIELDS)
    for name in begun:
        await ended(registry, model, name, RolloutAction.PAUSE)
    assert ROLLOUTS_BYTES_MAX * 0.9 < await item_size(store, model) < ITEM_MAX
    await ended(registry, model, begun[0], RolloutAction.ABORT)
    await begin(registry, BY, model, alias=begun[0], **FIELDS)


async def test_a_model_has_room_for_forty_rollouts_of_ordinary_ones(
    store: MemoryRepository, registry: FakeRegistry
) -> None:
    model, names = await largest(registry)
    for name in names[:40]:
        await begin(registry, BY, model, alias=name)
    assert await item_size(store, model) < ITEM_MAX


async def test_an_ended_rollout_is_read_after_later_moves_and_not_after_a_deletion(registry: FakeRegistry) -> None:
    model = await model_with_versions(registry, BY, "1.0.0", "1.1.0")
    await move_alias(registry, BY, model, "1.0.0", "production")
    await begin(registry, BY, model)
    await ended(registry, model, "production", RolloutAction.ABORT)
    await move_alias(registry, BY, model, "1.1.0", "production")
    assert (await registry.get_rollout(BY, model.id, "production")).state is RolloutState.ABORTED
    with pytest.raises(WrongState, match="the rollout is aborted"):
        await ended(registry, model, "production", RolloutAction.RESUME)
