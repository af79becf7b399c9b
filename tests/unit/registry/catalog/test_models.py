"""Models beyond their port: the older contract's headline and pages, principals without a tenant, lost races."""

import asyncio
from dataclasses import replace

import pytest

from functions.registry.catalog.model_lists import legacy_page
from functions.registry.ports import Change
from functions.registry.server.interceptors import OPEN
from functions.registry.stored import StoredModel
from maas.domain.catalog.models import Headline, Model, ModelChange, ModelFilter, NewModel, WantedPage
from maas.domain.errors import InvalidInput, PermissionDenied, Unavailable
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.fakes.repository import MemoryRepository
from tests.support.registry_server import SHA256, SIZE, make_draft, make_model, make_published, make_ready, person


async def headline(registry: FakeRegistry, model: Model) -> Headline | None:
    return (await registry.get_model(OPEN, model.id)).headline


async def test_the_headline_is_the_newest_draft_until_a_release_is_published() -> None:
    registry, by = fake_registry(), person()
    model = await make_model(registry, by)
    assert await headline(registry, model) is None
    await make_draft(registry, by, model, "2.0.0")
    await make_draft(registry, by, model, "1.0.0-rc.1")
    assert await headline(registry, model) == Headline(version="1.0.0-rc.1")
    ready = await make_ready(registry, by, model, "1.0.0")
    assert ready.artifact is not None
    shown = Headline(version="1.0.0", size=SIZE, checksum=SHA256, storage_path=ready.artifact.storage_key)
    assert await headline(registry, model) == shown
    await registry.publish_version(by, model.id, "1.0.0")
    await make_draft(registry, by, model, "3.0.0")
    assert await headline(registry, model) == shown


async def test_the_headline_follows_latest() -> None:
    registry, by = fake_registry(), person()
    model = await make_model(registry, by)
    for number, shown in (("1.0.0", "1.0.0"), ("0.9.0", "1.0.0"), ("1.1.0-rc.1", "1.0.0"), ("1.1.0", "1.1.0")):
        await make_published(registry, by, model, number)
        found = await headline(registry, model)
        assert found is not None
        assert found.version == shown


async def test_the_headline_after_deletion_and_deprecation_is_a_remaining_version() -> None:
    registry, by = fake_registry(), person()
    model = await make_model(registry, by)
    for number in ("1.0.0", "3.0.0", "2.0.0"):
        await make_draft(registry, by, model, number)
    for gone, shown in (("1.0.0", "2.0.0"), ("2.0.0", "3.0.0"), ("3.0.0", None)):
        await registry.delete_version(by, model.id, gone)
        assert await headline(registry, model) == (shown and Headline(version=shown))
    for number in ("1.0.0", "1.1.0"):
        await make_published(registry, by, model, number)
    for gone in ("1.1.0", "1.0.0"):
        await registry.deprecate_version(by, model.id, gone)
        found = await headline(registry, model)
        assert found is not None
        assert (found.version, found.size) == ("1.0.0", SIZE)


async def test_the_headline_of_a_new_model_is_its_draft() -> None:
    registry = fake_registry()
    model = await make_model(registry, person(), version="v3.0.0")
    assert await headline(registry, model) == Headline(version="3.0.0")


async def test_a_principal_without_a_tenant_acts_for_all_tenants() -> None:
    registry = fake_registry()
    for tenant in ("acme", "other", ""):
        new = NewModel(name="iris", framework="onnx")
        made = await registry.create_model(OPEN, new, tenant_id=tenant, owner_id="ada")
        assert (made.tenant_id, made.owner_id) == (tenant, "ada")
        changed = await registry.update_model(OPEN, made.id, ModelChange(description=tenant))
        assert changed.description == tenant
    assert len((await registry.list_models(OPEN, ModelFilter(), WantedPage(limit=10))).items) == 3


async def test_a_principal_with_a_tenant_stays_in_it() -> None:
    registry, by = fake_registry(), person()
    with pytest.raises(PermissionDenied):
        await registry.create_model(by, NewModel(name="iris", framework="onnx"), tenant_id="other")
    with pytest.raises(PermissionDenied):
        await registry.number_page(by, ModelFilter(), tenant_id="other", page=1, limit=10)
    made = await registry.create_model(by, NewModel(name="iris", framework="onnx"), owner_id="other")
    assert made.owner_id == by.subject


@pytest.mark.parametrize(
    ("given", "used"), [((0, 0), (1, 20)), ((1, 100), (1, 100)), ((7, 101), (7, 100)), ((2, 10**9), (2, 100))]
)
def test_page_and_limit_have_defaults_and_a_cap(given: tuple[int, int], used: tuple[int, int]) -> None:
    assert legacy_page(*given) == used


@pytest.mark.parametrize(("given", "field"), [((-1, 0), "page"), ((0, -1), "limit")])
def test_a_negative_page_or_limit_is_invalid(given: tuple[int, int], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        legacy_page(*given)
    assert error.value.fields[0].field == field


async def test_pages_by_number_reach_the_end_of_a_list() -> None:
    registry, by = fake_registry(), person()
    made = sorted([(await make_model(registry, by, f"m{number}")).id for number in range(130)], reverse=True)
    found, total = await registry.number_page(by, ModelFilter(), tenant_id="", page=12, limit=11)
    assert ([model.id for model in found], total) == (made[121:130], 130)
    assert await registry.number_page(by, ModelFilter(), tenant_id="", page=13, limit=11) == ((), 130)


async def test_concurrent_changes_are_all_kept() -> None:
    class Yielding(MemoryRepository):
        """Lets others run between a read and the commit that follows it."""

        async def model(self, model_id: str) -> StoredModel | None:
            found = await super().model(model_id)
            await asyncio.sleep(0)
            return found

    registry, by = FakeRegistry(Yielding()), person()
    model = await make_model(registry, by)
    await asyncio.gather(*(registry.update_model(by, model.id, ModelChange(add_tags=(f"t{i}",))) for i in range(4)))
    assert set((await registry.get_model(by, model.id)).tags) == {"t0", "t1", "t2", "t3"}


async def test_a_race_that_is_always_lost_is_unavailable() -> None:
    class Restless(MemoryRepository):
        """Another process changes the model right after each read."""

        async def model(self, model_id: str) -> StoredModel | None:
            found = await super().model(model_id)
            if found is not None:
                self._records[("model", model_id)] = replace(found, revision=found.revision + 1)
            return found

    registry, by = FakeRegistry(Restless()), person()
    model = await make_model(registry, by)
    with pytest.raises(Unavailable, match="try again"):
        await registry.update_model(by, model.id, ModelChange(description="x"))


async def test_a_name_that_an_earlier_release_accepted_stays_until_it_is_changed() -> None:
    repository, by = MemoryRepository(), person()
    registry = FakeRegistry(repository)
    made = await repository.model((await make_model(registry, by)).id)
    assert made is not None
    old = replace(made, name="Caf\u200bé", revision=2)
    await repository.commit(Change(made, old), by=by)

    changed = await registry.update_model(by, made.id, ModelChange(name=old.name, description="new"))

    assert (changed.name, changed.description) == (old.name, "new")
    with pytest.raises(InvalidInput, match=r"U\+200B \(ZERO WIDTH SPACE\)"):
        await make_model(registry, by, old.name)
    assert (await registry.update_model(by, made.id, ModelChange(name="Café"))).name == "Café"
