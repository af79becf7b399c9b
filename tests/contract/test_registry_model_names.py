"""Models by their names in place of their ids, on every implementation of the registry."""

from collections.abc import Awaitable, Callable

import pytest

from maas.domain.catalog.aliases import AliasTarget
from maas.domain.catalog.models import ModelChange
from maas.domain.catalog.version_changes import NewVersion
from maas.domain.errors import InvalidInput, NotFound
from maas.domain.identity.grants import WantedGrant
from maas.domain.identity.principals import Principal, Role, Scope
from maas.domain.ids import new_id
from maas.services.ports.registry import Registry
from tests.support.registry_server import broken_field, make_model, make_published, make_upload, person

GRANT = WantedGrant(new_id(), "organization", "viewer")
Call = Callable[[Registry, Principal, str], Awaitable[object]]
# A call of each kind of read and of change.
CALLS: dict[str, Call] = {
    "get_model": lambda registry, by, model: registry.get_model(by, model),
    "get_model to upload": lambda registry, by, model: registry.get_model(by, model, Scope.UPLOADS_WRITE),
    "update_model": lambda registry, by, model: registry.update_model(by, model, ModelChange(description="d")),
    "delete_model": lambda registry, by, model: registry.delete_model(by, model),
    "create_version": lambda registry, by, model: registry.create_version(by, model, NewVersion(version="2.0.0")),
    "get_version": lambda registry, by, model: registry.get_version(by, model, "latest"),
    "get_version to predict": lambda registry, by, model: registry.get_version(by, model, "", Scope.INFERENCE_INVOKE),
    "list_versions": lambda registry, by, model: registry.list_versions(by, model, limit=5, cursor=""),
    "deprecate_version": lambda registry, by, model: registry.deprecate_version(by, model, "1.0.0"),
    "set_alias": lambda registry, by, model: registry.set_alias(by, model, AliasTarget(alias="prod", version="1.0.0")),
    "list_aliases": lambda registry, by, model: registry.list_aliases(by, model),
    "set_grant": lambda registry, by, model: registry.set_grant(by, model, GRANT),
    "list_grants": lambda registry, by, model: registry.list_grants(by, model, limit=5, cursor=""),
}


@pytest.mark.parametrize("call", CALLS)
async def test_a_call_takes_the_name_in_place_of_the_id(registry: Registry, call: str) -> None:
    by = person()
    model = await make_model(registry, by, "Iris of \u00e9t\u00e9")
    await make_published(registry, by, model)
    await CALLS[call](registry, by, "iris OF e\u0301t\u00e9")
    if call == "delete_model":
        with pytest.raises(NotFound):
            await registry.get_model(by, model.id)


@pytest.mark.parametrize("call", CALLS)
async def test_a_name_that_others_have_looks_like_one_that_nobody_has(registry: Registry, call: str) -> None:
    owner, by = person(), person()
    await make_published(registry, owner, await make_model(registry, owner, "iris"))
    told = []
    for name in ("iris", f"{owner.tenant_id}/iris", f"{owner.tenant_id}/none", new_id()):
        with pytest.raises(NotFound) as caught:
            await CALLS[call](registry, by, name)
        told.append((caught.value.message.replace(name[:64], "..."), caught.value.fields))
    assert told == [told[0]] * 4


async def test_answers_have_the_id_of_the_model(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by, "iris")
    version = await registry.create_version(by, "iris", NewVersion(version="1.0.0"))
    assert version.model_id == model.id
    upload = await make_upload(registry, by, model, named="iris")
    assert upload.model_id == model.id
    assert (await registry.get_upload(by, upload.id)).model_id == model.id


async def test_a_public_model_has_its_organization_s_id_before_its_name(registry: Registry) -> None:
    owner, by = person(), person()
    model = await make_model(registry, owner, "iris", is_public=True)
    for name in (f"{owner.tenant_id}/iris", f"{owner.tenant_id.upper()}/IRIS"):
        assert (await registry.get_model(by, name)).id == model.id
    assert (await registry.get_model(owner, f"{owner.tenant_id}/iris")).id == model.id
    with pytest.raises(NotFound):
        await registry.get_model(by, "iris")
    with pytest.raises(NotFound):
        await registry.update_model(by, f"{owner.tenant_id}/iris", ModelChange(description="d"))


async def test_a_name_means_the_caller_s_own_model_first(registry: Registry) -> None:
    one, other = person(), person()
    for by in (one, other):
        model = await make_model(registry, by, "iris", is_public=True)
        assert (await registry.get_model(by, "iris")).id == model.id


async def test_a_name_with_a_slash_is_a_name(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by, "team/iris")
    for name in ("team/iris", f"{by.tenant_id}/team/iris"):
        assert (await registry.get_model(by, name)).id == model.id


async def test_an_old_name_stops_at_once_and_may_be_another_model_s(registry: Registry) -> None:
    by = person()
    first = await make_model(registry, by, "iris")
    await registry.get_model(by, "iris")
    await registry.update_model(by, "iris", ModelChange(name="rose"))
    with pytest.raises(NotFound):
        await registry.get_model(by, "iris")
    assert (await registry.get_model(by, "rose")).id == first.id
    second = await make_model(registry, by, "Iris")
    assert (await registry.get_model(by, "iris")).id == second.id
    await registry.delete_model(by, "iris")
    with pytest.raises(NotFound):
        await registry.get_model(by, "iris")


async def test_a_model_that_is_renamed_in_case_alone_keeps_its_name(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by, "iris")
    await registry.update_model(by, "iris", ModelChange(name="IRIS"))
    assert (await registry.get_model(by, "iris")).id == model.id


@pytest.mark.parametrize("name", [new_id(), f"{new_id()}/iris", "0123456789abcdef" * 2])
async def test_no_model_can_have_a_name_like_an_id(registry: Registry, name: str) -> None:
    by = person()
    with pytest.raises(InvalidInput) as caught:
        await make_model(registry, by, name)
    assert broken_field(caught) == ("name", "reserved")
    await make_model(registry, by, "iris")
    with pytest.raises(InvalidInput) as caught:
        await registry.update_model(by, "iris", ModelChange(name=name))
    assert broken_field(caught) == ("name", "reserved")


async def test_a_guest_names_a_shared_model_with_its_owner_and_gives_it_back(registry: Registry) -> None:
    owner, guest = person(), person("", Role.ADMIN)
    model = await make_model(registry, owner, "iris")
    await registry.set_grant(owner, "iris", WantedGrant(guest.tenant_id, "organization", "viewer"))
    for name in ("iris", f"{owner.tenant_id}/none"):
        with pytest.raises(NotFound):
            await registry.leave_grant(guest, name, "organization")
    await registry.leave_grant(guest, f"{owner.tenant_id}/iris", "organization")
    assert (await registry.list_grants(owner, model.id, limit=5, cursor="")).items == ()
