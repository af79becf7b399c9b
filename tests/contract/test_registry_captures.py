"""What is stored of a model's predictions, on every implementation of the registry."""

from typing import Any

import pytest

from maas.domain.capturing.captures import Capture
from maas.domain.catalog.models import ModelChange
from maas.domain.errors import InvalidInput, NotFound
from maas.domain.identity.principals import Principal, Scope
from maas.services.ports.registry import Registry
from tests.support.aliases import model_with_versions
from tests.support.registry_server import broken_field, person


async def told(registry: Any, by: Principal, model_id: str, ref: str, right: Scope = Scope.MODELS_READ) -> Any:
    """The capture that comes with a version."""
    return (await registry.routed_version(by, model_id, ref, right)).capture


CAPTURE = Capture(percent=2.5, redact=(), keep_days=30, outputs=True)


async def test_a_capture_is_kept_with_its_model_and_comes_with_its_versions(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    assert await registry.get_capture(by, model.id) == (model.id, None)
    assert await told(registry, by, model.id, "1.0.0") is None

    assert await registry.set_capture(by, model.id, CAPTURE) == (model.id, CAPTURE)
    revision = (await registry.get_model(by, model.id)).revision
    assert await registry.set_capture(by, model.name, CAPTURE) == (model.id, CAPTURE)

    assert await registry.get_capture(by, model.id) == (model.id, CAPTURE)
    assert (await registry.get_model(by, model.id)).revision == revision
    for ref in ("1.0.0", "latest", ""):
        assert await told(registry, by, model.id, ref) == CAPTURE
    assert await registry.set_capture(by, model.id, None) == (model.id, None)
    assert await told(registry, by, model.id, "latest") is None


async def test_other_organizations_do_not_learn_of_it(registry: Registry) -> None:
    by, stranger = person(), person()
    model = await model_with_versions(registry, by, "1.0.0")
    await registry.set_capture(by, model.id, CAPTURE)
    await registry.update_model(by, model.id, ModelChange(is_public=True))
    assert await told(registry, stranger, model.id, "latest") is None
    with pytest.raises(NotFound):
        await registry.get_capture(stranger, model.id)
    with pytest.raises(NotFound):
        await registry.set_capture(stranger, model.id, CAPTURE)


async def test_a_bad_capture_changes_nothing(registry: Registry) -> None:
    by = person()
    model = await model_with_versions(registry, by, "1.0.0")
    for capture, field in (
        (Capture(percent=0), "percent"),
        (Capture(percent=1, keep_days=5), "keep_days"),
        (Capture(percent=1, redact=("age",)), "redact[0]"),
    ):
        with pytest.raises(InvalidInput) as error:
            await registry.set_capture(by, model.id, capture)
        assert broken_field(error)[0] == field
    assert await registry.get_capture(by, model.id) == (model.id, None)
