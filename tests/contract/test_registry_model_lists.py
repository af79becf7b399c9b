"""Lists of models, on every implementation of the registry."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maas.domain.catalog.models import Model, ModelChange, ModelFilter, WantedPage
from maas.domain.errors import InvalidInput
from maas.domain.identity.principals import Principal
from maas.services.ports.registry import Registry
from tests.support.model_lists import SORTS, all_pages, expected, filters, pairs, populate
from tests.support.registry_server import broken_field, make_model, person

NOW = datetime(2026, 11, 21, tzinfo=UTC)


async def ids_of(registry: Registry, by: Principal, narrowed: ModelFilter, sort: str) -> tuple[list[str], int | None]:
    page = await registry.list_models(by, narrowed, WantedPage(limit=100, sort=sort))
    assert page.next_cursor == ""
    return [model.id for model in page.items], page.total


async def test_each_filter_lists_and_counts_its_models_in_every_order(registry: Registry) -> None:
    by = person()
    models = await populate(registry, by)
    await populate(registry, person())
    for fields in ({}, *filters(models)):
        narrowed = ModelFilter(**fields)
        for sort in SORTS:
            found = expected(models, narrowed, sort)
            assert await ids_of(registry, by, narrowed, sort) == (found, len(found)), (fields, sort)


async def test_each_pair_of_filters_lists_and_counts_its_models(registry: Registry) -> None:
    by = person()
    models = await populate(registry, by)
    for number, fields in enumerate(pairs(models)):
        narrowed, sort = ModelFilter(**fields), SORTS[number % 4]
        found = expected(models, narrowed, sort)
        assert await ids_of(registry, by, narrowed, sort) == (found, len(found)), (fields, sort)


async def test_all_filters_together_select_one_model(registry: Registry) -> None:
    by = person()
    models = await populate(registry, by)
    one = models[4]
    narrowed = ModelFilter(
        q=one.name[:3],
        name=one.name,
        framework=one.framework,
        status=one.status,
        owner_id=one.owner_id,
        tags=one.tags,
        is_public=one.is_public,
        created_after=one.created_at,
        created_before=one.created_at + timedelta(milliseconds=1),
    )
    assert await ids_of(registry, by, narrowed, "name") == ([one.id], 1)
    assert await ids_of(registry, by, replace(narrowed, q="x"), "name") == ([], 0)


@pytest.mark.parametrize("limit", [1, 3])
async def test_pages_by_cursor_make_up_the_whole_list(registry: Registry, limit: int) -> None:
    by = person()
    models = await populate(registry, by)
    chosen: list[dict[str, Any]] = [{}, {"q": "w"}, {"tags": ("a",)}, {"is_public": False, "framework": "onnx"}]
    chosen.append({"created_after": min(model.created_at for model in models[1:])})
    for fields in chosen:
        for sort in SORTS:
            found = expected(models, ModelFilter(**fields), sort)
            pages = await all_pages(registry, by, ModelFilter(**fields), sort=sort, limit=limit)
            assert pages == (found, {len(found)}), (fields, sort)


async def test_pages_by_number_make_up_the_same_list(registry: Registry) -> None:
    by = person()
    models = await populate(registry, by)
    for fields in ({}, {"status": "pending"}, {"q": "i", "is_public": False}):
        narrowed = ModelFilter(**fields)
        for sort in ("-created_at", "name"):
            found = expected(models, narrowed, sort)
            for page in range(1, 6):
                answer = await registry.list_models(by, narrowed, WantedPage(limit=3, sort=sort, page=page))
                ids = [model.id for model in answer.items]
                assert (ids, answer.total) == (found[page * 3 - 3 : page * 3], len(found)), (fields, sort, page)
                assert bool(answer.next_cursor) == (page * 3 < len(found))


async def test_a_cursor_continues_after_a_numbered_page(registry: Registry) -> None:
    by = person()
    models = await populate(registry, by)
    page = await registry.list_models(by, ModelFilter(), WantedPage(limit=4, sort="name", page=2))
    page = await registry.list_models(by, ModelFilter(), WantedPage(limit=4, cursor=page.next_cursor, sort="name"))
    assert [model.id for model in page.items] == expected(models, ModelFilter(), "name")[8:]


async def page_while_models_change(
    registry: Registry, by: Principal, narrowed: ModelFilter, sort: str, leaving: list[Model]
) -> list[str]:
    """Reads pages of two while models are deleted and created between them, and returns the ids of all pages.

    The model at the cursor is deleted too if it is in `leaving`, and new models sort before and after it.
    """
    seen: list[str] = []
    cursor, numbers = "", itertools.count()
    while True:
        page = await registry.list_models(by, narrowed, WantedPage(limit=2, cursor=cursor, sort=sort))
        seen += [model.id for model in page.items]
        if leaving:
            gone = next((model for model in leaving if model.id == seen[-1]), leaving[-1])
            leaving.remove(gone)
            await registry.delete_model(by, gone.id)
        if len(seen) < 30:
            number = next(numbers)
            for name in (f"k{number}", f"m{number}x"):
                await make_model(registry, by, name, tags=("a",))
        cursor = page.next_cursor
        if not cursor:
            return seen


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("fields", [{}, {"tags": ("a",)}, {"framework": "onnx", "is_public": False}])
async def test_pages_have_each_lasting_model_once_while_others_change(
    registry: Registry, sort: str, fields: dict[str, Any]
) -> None:
    by = person()
    lasting = [await make_model(registry, by, f"m{i}", tags=("a",)) for i in range(0, 12, 2)]
    leaving = [await make_model(registry, by, f"m{i}", tags=("a",)) for i in range(1, 12, 2)]
    seen = await page_while_models_change(registry, by, ModelFilter(**fields), sort, leaving)
    assert len(seen) == len(set(seen))
    assert {model.id for model in lasting} <= set(seen)


async def test_lists_and_totals_follow_changes_and_deletions(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by, "Iris", tags=("a", "b"))
    other = await make_model(registry, by, "wine", tags=("b",))
    change = ModelChange(
        name="Rose", framework="custom", status="ready", is_public=True, remove_tags=("a",), add_tags=("c",)
    )
    model = await registry.update_model(by, model.id, change)
    models = [model, other]
    chosen: list[dict[str, Any]] = [
        *({"tags": (tag,)} for tag in "abc"),
        *({"status": status} for status in ("pending", "ready")),
        *({"framework": framework} for framework in ("onnx", "custom")),
        *({"is_public": shown} for shown in (True, False)),
        *({"q": q} for q in ("i", "r", "w")),
        {"owner_id": by.subject},
        {},
    ]
    for left in (models, [other], []):
        if len(left) < len(models):
            await registry.delete_model(by, models[1 - len(left)].id)
        for fields in chosen:
            for sort in ("-created_at", "name"):
                found = expected(left, ModelFilter(**fields), sort)
                assert await ids_of(registry, by, ModelFilter(**fields), sort) == (found, len(found)), fields


async def test_a_name_prefix_sorts_by_name_and_other_lists_by_time(registry: Registry) -> None:
    by = person()
    models = await populate(registry, by)
    for narrowed, sort in ((ModelFilter(q="i"), "name"), (ModelFilter(), "-created_at")):
        assert (await ids_of(registry, by, narrowed, ""))[0] == expected(models, narrowed, sort)


@pytest.mark.parametrize(
    ("fields", "paging", "field"),
    [
        ({}, {"limit": 0}, "limit"),
        ({}, {"limit": 10**9}, "limit"),
        ({}, {"limit": 101}, "limit"),
        ({}, {"limit": -1}, "limit"),
        ({}, {"cursor": "forged"}, "cursor"),
        ({}, {"cursor": "ä" * 3000}, "cursor"),
        ({}, {"page": 0}, "page"),
        ({}, {"page": -1}, "page"),
        ({}, {"page": 1, "cursor": "x"}, "page"),
        ({}, {"sort": "size"}, "sort"),
        ({}, {"sort": "--name"}, "sort"),
        ({"framework": "cobol"}, {}, "framework"),
        ({"status": "asleep"}, {}, "status"),
        ({"q": "\x00"}, {}, "q"),
        ({"q": "x" * 129}, {}, "q"),
        ({"name": "x" * 129}, {}, "name"),
        ({"owner_id": "x" * 129}, {}, "owner_id"),
        ({"tags": ("?",)}, {}, "tags[0]"),
        ({"tags": ("a", "")}, {}, "tags[1]"),
        ({"tags": tuple(f"t{i}" for i in range(21))}, {}, "tags"),
        ({"created_after": NOW, "created_before": NOW - timedelta(seconds=1)}, {}, "created_after"),
    ],
)
async def test_list_names_the_bad_field(
    registry: Registry, fields: dict[str, Any], paging: dict[str, Any], field: str
) -> None:
    wanted = WantedPage(**{"limit": 10, **paging})
    with pytest.raises(InvalidInput) as error:
        await registry.list_models(person(), ModelFilter(**fields), wanted)
    assert broken_field(error)[0] == field


async def test_a_cursor_of_another_list_or_caller_is_refused(registry: Registry) -> None:
    by = person()
    for name in ("a1", "a2"):
        await make_model(registry, by, name)
    cursor = (await registry.list_models(by, ModelFilter(q="a"), WantedPage(limit=1))).next_cursor
    assert (await registry.list_models(by, ModelFilter(q="A"), WantedPage(limit=5, cursor=cursor))).items[
        0
    ].name == "a2"
    attempts = [
        (by, ModelFilter(), "name", cursor),
        (by, ModelFilter(q="a", is_public=False), "name", cursor),
        (by, ModelFilter(q="a"), "-name", cursor),
        (person(by.tenant_id), ModelFilter(q="a"), "name", cursor),
        (replace(by, tenant_id=person().tenant_id), ModelFilter(q="a"), "name", cursor),
        (by, ModelFilter(q="a"), "name", cursor[:-2]),
        (by, ModelFilter(q="a"), "name", ("B" if cursor[0] == "A" else "A") + cursor[1:]),
    ]
    for caller, narrowed, sort, given in attempts:
        with pytest.raises(InvalidInput) as error:
            await registry.list_models(caller, narrowed, WantedPage(limit=1, cursor=given, sort=sort))
        assert broken_field(error)[0] == "cursor"
