"""Predictions without a version use the model's default reference."""

import pytest

from maas.domain.catalog.aliases import AliasTarget
from maas.domain.catalog.models import ModelChange
from maas.domain.errors import NotFound
from maas.services.inference import InferenceService
from maas.services.questions import Question
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import person


async def test_without_a_version_the_models_default_reference_is_used() -> None:
    registry, by = fake_registry(), person()
    model_id = await model_with_file(registry, by, {})
    await registry.publish_version(by, model_id, "1.0.0")
    await registry.update_model(by, model_id, ModelChange(default_ref="production"))
    service = InferenceService(registry, FakeRuntime(larger_column))
    question = Question(model_id=model_id, features=[1, 2], timeout=29.0)

    with pytest.raises(NotFound, match="default_ref is production") as caught:
        await service.predict(by, question)
    assert caught.value.fields[0].field == "default_ref"
    await registry.set_alias(by, model_id, AliasTarget(alias="production", version="1.0.0"))

    assert (await service.predict(by, question)).version.version == "1.0.0"
