"""A call that names its effect has it once, however often it is repeated."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from maas.domain.catalog.aliases import AliasTarget, Expectation
from maas.domain.catalog.models import ModelFilter, NewModel, WantedPage
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.errors import AlreadyExists, InvalidInput, NotFound, PermissionDenied
from maas.domain.identity.principals import Principal, Role, Scope
from maas.domain.ids import new_id
from maas.platform import trace
from maas.platform.request_context import CURRENT, RequestContext
from maas.services.ports.registry import Registry
from tests.support.registry_server import make_model, make_published, make_ready, make_upload, person

Call = Callable[[Registry, Principal, str], Awaitable[Any]]


@pytest.fixture(autouse=True)
def request_context() -> Iterator[RequestContext]:
    token = CURRENT.set(RequestContext(trace.continued("")))
    yield CURRENT.get()  # type: ignore[misc]
    CURRENT.reset(token)


def name_effect(effect_id: str) -> None:
    current = CURRENT.get()
    assert current is not None
    current.effect_id = effect_id


async def _world(registry: Registry, by: Principal) -> str:
    """A model with published 1.0.0 and 1.1.0, ready 1.2.0, draft 1.3.0, and an alias that was moved twice."""
    model = await make_model(registry, by)
    for number in ("1.0.0", "1.1.0"):
        await make_published(registry, by, model, number)
    await make_ready(registry, by, model, "1.2.0")
    await registry.create_version(by, model.id, NewVersion(version="1.3.0"))
    for number, exists in (("1.0.0", False), ("1.1.0", True), ("1.0.0", True)):
        target = AliasTarget(alias="production", version=number, expected=Expectation(exists=exists))
        await registry.set_alias(by, model.id, target)
    return model.id


async def _start(registry: Registry, by: Principal, model_id: str) -> Any:
    return await make_upload(registry, by, await registry.get_model(by, model_id), "1.3.0")


CALLS: dict[str, Call] = {
    "create a model": lambda registry, by, _: registry.create_model(by, NewModel(name="other", framework="onnx")),
    "create a model with a draft": lambda registry, by, _: registry.create_model(
        by, NewModel(name="other", framework="onnx", version="1.0.0")
    ),
    "create a version": lambda registry, by, model: registry.create_version(by, model, NewVersion(version="2.0.0")),
    "bump": lambda registry, by, model: registry.create_version(by, model, NewVersion(bump="minor")),
    "publish": lambda registry, by, model: registry.publish_version(by, model, "1.2.0"),
    "roll back": lambda registry, by, model: registry.rollback_alias(by, model, "production"),
    "start an upload": _start,
}
calls = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


async def _state(registry: Registry, by: Principal, model_id: str) -> tuple[Any, ...]:
    models = await registry.list_models(by, ModelFilter(), WantedPage(limit=10))
    versions = await registry.list_versions(by, model_id, limit=20, cursor="")
    moves = await registry.list_alias_moves(by, model_id, "production", limit=20, cursor="")
    return models.total, versions.items, moves.items


@calls
async def test_a_repeat_gets_the_first_result_and_changes_nothing(call: Call, registry: Registry) -> None:
    by = person()
    model_id = await _world(registry, by)
    name_effect(new_id())
    first = await call(registry, by, model_id)
    after = await _state(registry, by, model_id)
    assert await call(registry, by, model_id) == first
    assert await _state(registry, by, model_id) == after


@calls
async def test_calls_at_once_have_one_effect(call: Call, registry: Registry) -> None:
    by = person()
    model_id = await _world(registry, by)
    name_effect(new_id())
    results = await asyncio.gather(*(call(registry, by, model_id) for _ in range(8)))
    assert results == [results[0]] * 8


async def test_another_effect_is_another_change(registry: Registry) -> None:
    by = person()
    model_id = await _world(registry, by)
    numbers = set()
    for _ in range(2):
        name_effect(new_id())
        numbers.add((await registry.create_version(by, model_id, NewVersion(bump="minor"))).version)
    assert numbers == {"1.4.0", "1.5.0"}


async def test_an_effect_is_of_its_caller_alone(registry: Registry) -> None:
    by = person()
    name_effect(new_id())
    await make_model(registry, by)
    colleague = person(by.tenant_id)
    with pytest.raises(AlreadyExists):
        await make_model(registry, colleague)
    assert (await make_model(registry, person())).name == "iris"


async def test_a_refused_call_has_no_effect_to_repeat(registry: Registry) -> None:
    by = person()
    name_effect("")
    taken = await make_model(registry, by)
    name_effect(new_id())
    with pytest.raises(AlreadyExists):
        await make_model(registry, by)
    await registry.delete_model(by, taken.id)
    assert (await make_model(registry, by)).id != taken.id


async def test_a_repeat_needs_the_right_that_the_call_needed(registry: Registry) -> None:
    by = person()
    model_id = await _world(registry, by)
    name_effect(new_id())
    await registry.create_version(by, model_id, NewVersion(bump="minor"))
    viewer = Principal(by.subject, by.tenant_id, frozenset({Role.VIEWER}), by.scopes)
    with pytest.raises(PermissionDenied):
        await registry.create_version(viewer, model_id, NewVersion(bump="minor"))
    await registry.delete_model(by, model_id)
    with pytest.raises(NotFound):
        await registry.create_version(by, model_id, NewVersion(bump="minor"))


async def test_an_effect_of_another_kind_of_call_is_refused(registry: Registry) -> None:
    by = person()
    name_effect(new_id())
    model = await make_model(registry, by)
    with pytest.raises(InvalidInput):
        await registry.create_version(by, model.id, NewVersion(bump="minor"))


async def test_a_model_can_be_asked_for_by_the_right_to_change_it(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    assert (await registry.get_model(by, model.id, Scope.MODELS_WRITE)).id == model.id
    with pytest.raises(PermissionDenied):
        await registry.get_model(person(by.tenant_id, Role.VIEWER), model.id, Scope.MODELS_WRITE)
