"""Predictions with a runtime that keeps the event loop while a model runs, as that of the inference function does."""

import asyncio

from maas.services.inference import InferenceService
from maas.services.kept_results import KeptResults
from maas.services.questions import Prediction, Question
from tests.fakes.inference import FakeRuntime, larger_column, model_with_file
from tests.fakes.registry import fake_registry
from tests.support.http_gateway import person

ADA = person()


async def test_equal_calls_compute_once() -> None:
    registry, runtime = fake_registry(), FakeRuntime(larger_column)
    runtime.is_blocking = True
    model_id = await model_with_file(registry, ADA, {})
    await registry.publish_version(ADA, model_id, "1.0.0")
    service = InferenceService(registry, runtime, KeptResults(None))

    async def predict(features: list[int]) -> Prediction:
        return await service.predict(ADA, Question(model_id=model_id, features=features, timeout=29.0))

    await predict([1, 2])  # from now on the model is known to be fast
    found = await asyncio.gather(*(predict([2, 1]) for _ in range(100)))

    assert [each.rows for each in found] == [[0]] * 100
    assert [each.cached for each in found] == [False, *[True] * 99]
    assert runtime.runs == 2
