"""Predictions with a version whose file is kept and not served."""

from dataclasses import replace

import pytest

from maas.domain.catalog.versions import Signature
from maas.domain.errors import NotServed, Rule
from maas.services.inference import InferenceService
from maas.services.kept_results import KeptResults
from maas.services.questions import Question
from tests.fakes.inference import LARGER_COLUMN_FILE, FakeResultCache, FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import person

ADA = person()


async def test_a_kept_file_is_not_served_and_the_served_formats_are_named() -> None:
    registry, runtime = fake_registry(), FakeRuntime(larger_column, 0)
    kept = replace(LARGER_COLUMN_FILE, format="gguf", signature=Signature((), ()))
    model_id = await model_with_file(registry, ADA, {}, kept)
    await registry.publish_version(ADA, model_id, "1.0.0")
    service = InferenceService(registry, runtime, KeptResults(FakeResultCache()))

    with pytest.raises(NotServed, match=r"is a GGUF file, .* predictions need one of: onnx") as caught:
        await service.predict(ADA, Question(model_id=model_id, features=[1, 2], timeout=29.0))

    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("version", Rule.SERVED)
