"""Lists of models, on every implementation of the registry."""

import pytest

from maas.domain.errors import (
    InvalidInput,
)
from maas.domain.models import ModelChange, ModelFilter
from maas.services.ports import Registry
from tests.registry import (
    broken_field,
    make_model,
    person,
)


async def test_pages_follow_each_other_newest_first(registry: Registry) -> None:
    by = person()
    made = [(await make_model(registry, by, f"m{i}")).id for i in range(5)]
    ids, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = await registry.list_models(by, ModelFilter(), limit=2, cursor=cursor)
        ids += [model.id for model in page.items]
        cursor, pages = page.next_cursor, pages + 1
    # Ids made in one millisecond sort at random among themselves.
    assert (ids, pages) == (sorted(made, reverse=True), 3)


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        (ModelFilter(), {"Iris", "irises", "wine"}),
        (ModelFilter(q="IRI"), {"Iris", "irises"}),
        (ModelFilter(name="iris"), {"Iris"}),
        (ModelFilter(framework="sklearn"), {"wine"}),
        (ModelFilter(status="running"), {"wine"}),
        (ModelFilter(status="archived"), set()),
        (ModelFilter(tags=("A", "b")), {"Iris"}),
        (ModelFilter(is_public=True), {"wine"}),
        (ModelFilter(is_public=False), {"Iris", "irises"}),
        (ModelFilter(q="i", tags=("b",)), {"Iris", "irises"}),
    ],
)
async def test_a_filter_narrows_the_list(registry: Registry, narrowed: ModelFilter, expected: set[str]) -> None:
    by = person()
    await make_model(registry, by, "Iris", tags=("a", "b"))
    await make_model(registry, by, "irises", tags=("b",))
    wine = await make_model(registry, by, "wine", framework="sklearn", is_public=True)
    await registry.update_model(by, wine.id, ModelChange(status="running"))
    found = await registry.list_models(by, narrowed, limit=100, cursor="")
    assert ({model.name for model in found.items}, found.next_cursor) == (expected, "")


async def test_a_list_is_narrowed_to_an_owner(registry: Registry) -> None:
    ada = person()
    bob = person(ada.tenant_id)
    await make_model(registry, ada, "ada's")
    await make_model(registry, bob, "bob's")
    found = await registry.list_models(ada, ModelFilter(owner_id=bob.subject), limit=10, cursor="")
    assert [model.name for model in found.items] == ["bob's"]


@pytest.mark.parametrize(
    ("narrowed", "limit", "cursor", "field"),
    [
        (ModelFilter(), 0, "", "limit"),
        (ModelFilter(), 10**9, "", "limit"),
        (ModelFilter(), 101, "", "limit"),
        (ModelFilter(), 10, "forged", "cursor"),
        (ModelFilter(), 10, "ä" * 3000, "cursor"),
        (ModelFilter(framework="cobol"), 10, "", "framework"),
        (ModelFilter(status="asleep"), 10, "", "status"),
        (ModelFilter(q="\x00"), 10, "", "q"),
        (ModelFilter(owner_id="x" * 129), 10, "", "owner_id"),
        (ModelFilter(tags=("?",)), 10, "", "tags[0]"),
    ],
)
async def test_list_names_the_bad_field(
    registry: Registry, narrowed: ModelFilter, limit: int, cursor: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        await registry.list_models(person(), narrowed, limit=limit, cursor=cursor)
    assert broken_field(error)[0] == field


async def test_a_cursor_of_another_list_is_refused(registry: Registry) -> None:
    by = person()
    for name in ("a", "b"):
        await make_model(registry, by, name)
    cursor = (await registry.list_models(by, ModelFilter(), limit=1, cursor="")).next_cursor
    with pytest.raises(InvalidInput):
        await registry.list_models(by, ModelFilter(q="a"), limit=1, cursor=cursor)
    with pytest.raises(InvalidInput):
        await registry.list_models(person(), ModelFilter(), limit=1, cursor=cursor)
