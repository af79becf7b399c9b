"""The rights that a grant gives on a model as a whole."""

from dataclasses import replace

import pytest

from maas.domain.catalog.models import ModelChange
from maas.domain.errors import NotFound, PermissionDenied
from maas.domain.identity.principals import MODEL_SCOPES, Role
from tests.fakes.registry import fake_registry
from tests.support.registry_server import make_model, person


async def test_a_grant_lets_no_other_organization_publish_or_delete_a_model() -> None:
    registry, by = fake_registry(), person("", Role.ADMIN)
    model = await make_model(registry, by)
    guest = replace(person("", Role.ADMIN), grants={model.id: frozenset({Role.DEVELOPER})})
    with pytest.raises(PermissionDenied):
        await registry.update_model(guest, model.id, ModelChange(is_public=True))
    with pytest.raises(PermissionDenied):
        await registry.delete_model(guest, model.id)
    assert not (await registry.get_model(by, model.id)).is_public


async def test_a_member_with_a_grant_deletes_but_does_not_publish() -> None:
    registry, by = fake_registry(), person("", Role.ADMIN)
    model = await make_model(registry, by)
    member = replace(
        person(by.tenant_id, Role.MEMBER), scopes=MODEL_SCOPES, grants={model.id: frozenset({Role.DEVELOPER})}
    )
    with pytest.raises(PermissionDenied):
        await registry.update_model(member, model.id, ModelChange(is_public=True))
    await registry.delete_model(member, model.id)
    with pytest.raises(NotFound):
        await registry.get_model(by, model.id)
