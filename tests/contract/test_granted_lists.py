"""Lists of models for callers who see single models, over every store."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from functions.registry.ports import Repository
from maas.domain.catalog.models import Model, ModelFilter, ModelPage, ModelSort, WantedPage
from maas.domain.errors import InvalidInput, PermissionDenied
from maas.domain.identity.principals import Principal, Role, Scope, possible_scopes
from tests.fakes.registry import FakeRegistry
from tests.support.registry_server import broken_field, make_draft, make_model, person

VIEWER = frozenset({Role.VIEWER})


@dataclass
class World:
    """Two organizations with models that have the same names, and a member of the first."""

    registry: FakeRegistry
    admin: Principal
    other: Principal
    own: dict[str, Model]
    others: dict[str, Model]

    def member(self, *granted: Model, roles: frozenset[Role] = VIEWER, **fields: Any) -> Principal:
        """A member of the first organization without any right but grants."""
        by = replace(person(self.admin.tenant_id, Role.MEMBER), scopes=possible_scopes([Role.MEMBER]))
        return replace(by, grants={model.id: roles for model in granted}, **fields)

    def newest(self, *names: str) -> list[str]:
        """These names of the first organization, the newest model first: several are made in one millisecond."""
        return sorted(names, key=lambda name: self.own[name].id, reverse=True)

    async def names(self, by: Principal, limit: int = 100, **fields: Any) -> list[str]:
        """The names on all pages; every page must give the same total."""
        sort = str(fields.pop("sort", ""))
        found: list[Model] = []
        cursor = ""
        totals: set[int | None] = set()
        while cursor or not totals:
            page = await self.registry.list_models(
                by, ModelFilter(**fields), WantedPage(limit=limit, cursor=cursor, sort=sort)
            )
            found, cursor, totals = [*found, *page.items], page.next_cursor, totals | {page.total}
        assert totals == {len(found)}
        return [model.name for model in found]

    async def page(self, by: Principal, number: int, **fields: Any) -> ModelPage:
        return await self.registry.list_models(by, ModelFilter(**fields), WantedPage(limit=2, page=number))


@pytest.fixture
async def world(store: Repository) -> World:
    registry, admin, other = FakeRegistry(store), person("", Role.ADMIN), person("", Role.ADMIN)
    names = ("Delta", "alpha", "Charlie", "bravo", "echo")

    async def made(by: Principal) -> dict[str, Model]:
        models = [await make_model(registry, by, name, tags=(name[0].lower(), "t")) for name in names]
        return {model.name: model for model in models}

    return World(registry, admin, other, await made(admin), await made(other))


async def test_a_member_lists_the_models_that_it_has_grants_on(world: World) -> None:
    assert await world.names(world.member()) == []
    by = world.member(world.own["Delta"], world.own["bravo"], world.others["echo"])
    assert await world.names(by) == world.newest("bravo", "Delta")
    assert await world.names(by, visibility="shared") == ["echo"]


@pytest.mark.parametrize("sort", ModelSort)
@pytest.mark.parametrize("limit", [1, 3, 4, 100])
async def test_pages_hold_every_model_once_in_order(world: World, sort: ModelSort, limit: int) -> None:
    names = ["alpha", "bravo", "Charlie", "Delta"]
    ascending = names if sort.by_name else world.newest(*names)[::-1]
    expected = ascending[::-1] if sort.descending else ascending
    assert await world.names(world.member(*map(world.own.get, names)), limit, sort=sort) == expected  # type: ignore[arg-type]
    grantee = replace(world.other, grants={world.own[name].id: VIEWER for name in names})
    assert await world.names(grantee, limit, sort=sort, visibility="shared") == expected


async def test_pages_by_number_have_the_same_order_and_total(world: World) -> None:
    by = world.member(*world.own.values())
    pages = [await world.page(by, number) for number in (1, 2, 3, 4)]
    newest = world.newest(*world.own)
    assert [[model.name for model in page.items] for page in pages] == [newest[:2], newest[2:4], newest[4:], []]
    assert {page.total for page in pages} == {5}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"q": "B"}, ["bravo"]),
        ({"name": "CHARLIE"}, ["Charlie"]),
        ({"tags": ("t", "a")}, ["alpha"]),
        ({"framework": "sklearn"}, []),
        ({"is_public": True}, []),
        ({"status": "pending", "q": "d"}, ["Delta"]),
    ],
)
async def test_filters_narrow_what_grants_show(world: World, fields: dict[str, Any], expected: list[str]) -> None:
    assert await world.names(world.member(*world.own.values()), **fields) == expected
    grantee = replace(world.other, grants={model.id: VIEWER for model in world.own.values()})
    assert await world.names(grantee, visibility="shared", **fields) == expected


async def test_a_grant_to_call_shows_no_model(world: World) -> None:
    by = world.member(*world.own.values(), roles=frozenset({Role.INVOKER}))
    assert await world.names(by) == []


async def test_a_deleted_model_leaves_list_and_total(world: World) -> None:
    by = world.member(world.own["alpha"], world.own["bravo"])
    await world.registry.delete_model(world.admin, world.own["alpha"].id)
    assert await world.names(by) == ["bravo"]


async def test_a_narrowed_key_lists_its_models_alone(world: World) -> None:
    only = {world.own["alpha"].id: "^1", world.others["bravo"].id: ""}
    by = replace(world.admin, narrowed=only, grants={world.others[name].id: VIEWER for name in ("bravo", "echo")})
    assert await world.names(by) == ["alpha"]
    assert await world.names(by, visibility="shared") == ["bravo"]


async def test_grants_add_nothing_to_the_list_of_who_sees_everything(world: World) -> None:
    by = replace(world.admin, grants={world.others["echo"].id: VIEWER})
    assert sorted(await world.names(by)) == sorted(world.own)


async def test_the_older_contract_lists_the_same_models(world: World) -> None:
    by = world.member(*world.own.values())
    models, total = await world.registry.number_page(by, ModelFilter(), tenant_id="", page=2, limit=3)
    assert ([model.name for model in models], total) == (world.newest(*world.own)[3:], 5)
    with pytest.raises(PermissionDenied):
        await world.registry.number_page(by, ModelFilter(), tenant_id=world.other.tenant_id, page=1, limit=3)


async def test_a_draft_outside_of_the_key_s_range_is_no_headline(world: World) -> None:
    await make_draft(world.registry, world.admin, world.own["alpha"], "2.0.0")
    for narrowed, shown in (("^1", None), ("^2", "2.0.0")):
        by = replace(world.admin, narrowed={world.own["alpha"].id: narrowed})
        [model], _ = await world.registry.number_page(by, ModelFilter(), tenant_id="", page=1, limit=3)
        assert (model.headline and model.headline.version) == shown


async def test_public_models_are_for_who_reads_its_whole_organization(world: World) -> None:
    by = world.member(*world.own.values())
    with pytest.raises(PermissionDenied):
        await world.registry.list_models(by, ModelFilter(visibility="public"), WantedPage(limit=1))


async def test_a_credential_without_the_scope_lists_nothing(world: World) -> None:
    by = world.member(*world.own.values(), scopes=frozenset({Scope.INFERENCE_INVOKE}))
    for visibility in ("", "shared"):
        with pytest.raises(PermissionDenied):
            await world.registry.list_models(by, ModelFilter(visibility=visibility), WantedPage(limit=1))


async def test_a_cursor_is_for_one_kind_of_list(world: World) -> None:
    by = world.member(*world.own.values())
    cursor = (await world.page(by, 1)).next_cursor
    assert cursor
    for caller, visibility in ((by, "shared"), (replace(by, roles=VIEWER), "")):
        with pytest.raises(InvalidInput) as error:
            await world.registry.list_models(
                caller, ModelFilter(visibility=visibility), WantedPage(limit=2, cursor=cursor)
            )
        assert broken_field(error) == ("cursor", "cursor")


async def test_more_models_than_one_read_takes_are_all_listed(world: World, store: Repository) -> None:
    models = [await make_model(world.registry, world.admin, f"model {number:03}") for number in range(120)]
    by = world.member(*models, *world.own.values())
    assert len(await world.names(by, limit=50)) == 125
    assert len(await store.models_of([model.id for model in models])) == 120
