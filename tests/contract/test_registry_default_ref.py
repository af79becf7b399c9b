"""The reference that stands for a version where a caller gives none, on every implementation of the registry."""

import pytest

from maas.domain.catalog.models import ModelChange
from maas.domain.errors import InvalidInput, NotFound
from maas.services.ports.registry import Registry
from tests.support.aliases import model_with_versions, move_alias
from tests.support.registry_server import broken_field, make_draft, make_model, person


async def test_latest_stands_for_a_version_unless_another_reference_is_set(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0", "1.1.0", "2.0.0")
    assert model.default_ref == "latest"
    assert (await registry.get_version(by, model.id, "")).version == "2.0.0"
    for ref, number in (("^1", "1.1.0"), ("v1.0.0", "1.0.0"), ("latest", "2.0.0"), (" 1.x ", "1.1.0")):
        await registry.update_model(by, model.id, ModelChange(default_ref=ref))
        assert (await registry.get_version(by, model.id, "")).version == number
    assert (await registry.get_version(by, model.id, "latest")).version == "2.0.0"


async def test_publishing_is_not_going_live_with_an_alias(registry: Registry) -> None:
    by, stranger = person(), person()
    model = await model_with_versions(registry, by, "1.0.0", "2.0.0")
    await move_alias(registry, by, model, "1.0.0")
    change = ModelChange(default_ref="production", is_public=True)
    changed = await registry.update_model(by, model.id, change)
    assert changed.default_ref == "production"
    assert await registry.get_model(by, model.id) == changed
    for caller in (by, stranger):
        assert (await registry.get_version(caller, model.id, "")).version == "1.0.0"

    await move_alias(registry, by, model, "2.0.0")

    assert (await registry.get_version(by, model.id, "")).version == "2.0.0"


async def test_a_new_model_has_its_default_reference(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by, default_ref="production")
    assert model.default_ref == "production"
    assert (await registry.update_model(by, model.id, ModelChange(description="new"))).default_ref == "production"
    assert (await registry.update_model(by, model.id, ModelChange(default_ref="latest"))).default_ref == "latest"


@pytest.mark.parametrize(("ref", "kind"), [("production", "alias"), ("^9", "published version"), ("9.0.0", "version")])
async def test_a_default_reference_to_nothing_is_named(registry: Registry, ref: str, kind: str) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    await registry.update_model(by, model.id, ModelChange(default_ref=ref))

    with pytest.raises(NotFound, match="default_ref") as error:
        await registry.get_version(by, model.id, "")

    assert broken_field(error) == ("default_ref", "exists")
    assert error.value.message == f"the model's default_ref is {ref}, and there is no such {kind}"


async def test_a_strangers_private_model_has_no_default_version(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    with pytest.raises(NotFound) as error:
        await registry.get_version(person(), model.id, "")
    assert broken_field(error) == ("model_id", "exists")


async def test_a_model_without_a_release_has_no_latest_version(registry: Registry) -> None:
    by = person()
    model = await make_model(registry, by)
    await make_draft(registry, by, model)
    with pytest.raises(NotFound) as error:
        await registry.get_version(by, model.id, "")
    assert broken_field(error) == ("ref", "exists")


@pytest.mark.parametrize("ref", ["Newest", "^", "1 ||", "1" * 300, "\u200b"])
async def test_a_malformed_default_reference_is_refused(registry: Registry, ref: str) -> None:
    by = person()
    model = await make_model(registry, by)
    with pytest.raises(InvalidInput) as error:
        await make_model(registry, by, "other", default_ref=ref)
    assert broken_field(error)[0] == "default_ref"
    with pytest.raises(InvalidInput) as error:
        await registry.update_model(by, model.id, ModelChange(default_ref=ref))
    assert broken_field(error)[0] == "default_ref"
