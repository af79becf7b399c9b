"""The list of all tenants' public models, on every implementation of the registry."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.registry.store import public_models
from maas.domain.catalog.models import Model, ModelChange, ModelFilter, WantedPage
from maas.domain.errors import InvalidInput, PermissionDenied
from maas.domain.identity.principals import Principal, Scope
from maas.domain.ids import new_id
from maas.services.ports.registry import Registry
from tests.support.model_lists import SORTS, expected
from tests.support.registry_server import broken_field, make_model, person

FRAMEWORKS, TAGS = ("onnx", "sklearn"), (("a",), ("a", "b"), ())
ALL: list[dict[str, Any]] = [
    {},
    {"framework": "sklearn"},
    {"status": "running"},
    {"tags": ("a",)},
    {"tags": ("b", "a")},
    {"framework": "onnx", "tags": ("a",)},
]


class World:
    """Public and private models of three tenants. Their names begin with `prefix`, and two tenants share each name.

    The registry's store may have the models of other tests too, so every list is narrowed to the prefix.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.tenants = [person(), person(), person()]
        self.prefix = f"p{new_id()}"
        self.models: list[Model] = []

    async def populate(self) -> "World":
        for number in range(18):
            model = await make_model(
                self.registry,
                self.tenants[number % 3],
                f"{self.prefix} {('iris', 'Iris large', 'wine')[number // 3 % 3]}{number // 9 or ''}",
                framework=FRAMEWORKS[number % 2],
                tags=TAGS[number // 2 % 3],
                is_public=number % 5 != 4,
            )
            if number % 4 == 1:
                owner = self.tenants[number % 3]
                model = await self.registry.update_model(owner, model.id, ModelChange(status="running"))
            self.models.append(model)
            await asyncio.sleep(0.002)
        return self

    def narrowed(self, **fields: Any) -> ModelFilter:
        return ModelFilter(**{"q": self.prefix, "visibility": "public", **fields})

    def expected(self, narrowed: ModelFilter, sort: str) -> list[str]:
        ids = {model.id: model for model in self.models if model.is_public}
        found = expected(list(ids.values()), narrowed, sort)
        if "name" not in sort:
            return found
        return sorted(found, key=lambda one: (ids[one].name.casefold() + "\n", one), reverse=sort.startswith("-"))


async def pages(registry: Registry, by: Principal, narrowed: ModelFilter, sort: str, limit: int) -> list[str]:
    """Follows the cursors to the end, and returns the ids of all pages."""
    ids: list[str] = []
    cursor = ""
    while True:
        page = await registry.list_models(by, narrowed, WantedPage(limit=limit, cursor=cursor, sort=sort))
        assert page.total is None
        assert len(page.items) <= limit
        ids += [model.id for model in page.items]
        cursor = page.next_cursor
        if not cursor:
            return ids


@pytest.fixture
async def world(registry: Registry) -> World:
    return await World(registry).populate()


@pytest.mark.parametrize("limit", [1, 4, 100])
async def test_public_models_of_all_tenants_are_listed_in_every_order(world: World, limit: int) -> None:
    by = person()
    for fields in ALL:
        for sort in SORTS:
            narrowed = world.narrowed(**fields)
            assert await pages(world.registry, by, narrowed, sort, limit) == world.expected(narrowed, sort), (
                fields,
                sort,
            )


async def test_names_times_and_owners_narrow_the_list(world: World) -> None:
    by, times = person(), sorted(model.created_at for model in world.models)
    for fields in (
        {"name": f"{world.prefix} IRIS"},
        {"name": f"{world.prefix} nothing"},
        {"name": "other"},
        {"owner_id": world.models[1].owner_id},
        {"created_after": times[3], "created_before": times[15]},
        {"created_after": times[5], "framework": "onnx"},
    ):
        for sort in SORTS:
            narrowed = world.narrowed(**fields)
            assert await pages(world.registry, by, narrowed, sort, 3) == world.expected(narrowed, sort), (fields, sort)


async def test_a_page_with_a_filter_reads_a_part_and_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_models, "_FILTERED", 2)
    for sort in SORTS:
        narrowed = world.narrowed(framework="sklearn", tags=("b",))
        assert await pages(world.registry, person(), narrowed, sort, 100) == world.expected(narrowed, sort)


async def test_a_stranger_is_shown_what_a_public_model_shows(world: World) -> None:
    by = person()
    listed = await world.registry.list_models(by, world.narrowed(), WantedPage(limit=100))
    assert listed.items
    for model in listed.items:
        assert model == await world.registry.get_model(by, model.id)


async def _ids(world: World, sort: str = "") -> Sequence[str]:
    return await pages(world.registry, person(), world.narrowed(), sort, 100)


@pytest.mark.parametrize("sort", SORTS)
async def test_a_model_that_becomes_private_or_is_deleted_disappears(world: World, sort: str) -> None:
    first, second = [(n, model) for n, model in enumerate(world.models) if model.is_public][:2]
    await world.registry.update_model(world.tenants[first[0] % 3], first[1].id, ModelChange(is_public=False))
    await world.registry.delete_model(world.tenants[second[0] % 3], second[1].id)

    found = await _ids(world, sort)

    assert not {first[1].id, second[1].id} & set(found)
    assert len(found) == sum(model.is_public for model in world.models) - 2


@pytest.mark.parametrize("sort", SORTS)
async def test_a_model_that_becomes_public_or_is_renamed_is_found(world: World, sort: str) -> None:
    number = next(n for n, model in enumerate(world.models) if not model.is_public)
    change = ModelChange(is_public=True, name=f"{world.prefix} aaa")
    world.models[number] = await world.registry.update_model(world.tenants[number % 3], world.models[number].id, change)

    assert await _ids(world, sort) == world.expected(world.narrowed(), sort)


async def test_the_order_is_by_name_with_a_prefix_and_else_newest_first(world: World) -> None:
    by = person()
    named = await world.registry.list_models(by, world.narrowed(), WantedPage(limit=100))
    assert [model.id for model in named.items] == world.expected(world.narrowed(), "name")
    after = world.models[0].created_at
    newest = await world.registry.list_models(by, world.narrowed(q="", created_after=after), WantedPage(limit=100))
    ids = [model.id for model in newest.items]
    assert ids == sorted(ids, reverse=True)
    assert set(world.expected(world.narrowed(), "name")) <= set(ids)


async def test_a_wrong_list_of_public_models_is_named(registry: Registry) -> None:
    by, public = person(), ModelFilter(visibility="public")
    for narrowed, page, field in (
        (ModelFilter(visibility="private"), None, "visibility"),
        (ModelFilter(visibility="PUBLIC"), None, "visibility"),
        (replace(public, is_public=True), None, "is_public"),
        (public, 1, "page"),
    ):
        with pytest.raises(InvalidInput) as caught:
            await registry.list_models(by, narrowed, WantedPage(limit=20, page=page))
        assert broken_field(caught)[0] == field
    for sort, limit, cursor, field in (("size", 20, "", "sort"), ("", 0, "", "limit"), ("", 20, "x", "cursor")):
        with pytest.raises(InvalidInput) as caught:
            await registry.list_models(by, public, WantedPage(limit=limit, cursor=cursor, sort=sort))
        assert broken_field(caught)[0] == field


async def test_a_cursor_belongs_to_its_list_and_caller(world: World) -> None:
    by = person()
    page = await world.registry.list_models(by, world.narrowed(), WantedPage(limit=1))
    for other, narrowed in (
        (person(), world.narrowed()),
        (by, replace(world.narrowed(), visibility="")),
        (by, world.narrowed(framework="onnx")),
    ):
        with pytest.raises(InvalidInput) as caught:
            await world.registry.list_models(other, narrowed, WantedPage(limit=1, cursor=page.next_cursor))
        assert broken_field(caught)[0] == "cursor"


async def test_listing_public_models_needs_the_scope_of_reading(registry: Registry) -> None:
    by = replace(person(), scopes=frozenset({Scope.INFERENCE_INVOKE}))

    with pytest.raises(PermissionDenied):
        await registry.list_models(by, ModelFilter(visibility="public"), WantedPage(limit=20))


async def test_times_in_the_future_select_nothing(world: World) -> None:
    later = max(model.created_at for model in world.models) + timedelta(days=1)
    assert await pages(world.registry, person(), world.narrowed(created_after=later), "name", 5) == []
