"""Calls that a rollout gives to a candidate which was forced although it breaks callers."""

from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput
from maas.domain.inference.given_tensors import GivenTensor
from maas.domain.rollouts.plans import Plan, Step
from maas.platform import spans
from maas.platform.request_context import CURRENT, RequestContext
from maas.platform.timings import measured
from maas.services.inference import InferenceService
from maas.services.questions import Question, TensorQuestion
from tests.fakes.inference import LARGER_COLUMN, FakeRuntime, larger_column
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.aliases import move_alias
from tests.support.http_gateway import person
from tests.support.registry_server import make_model, make_ready
from tests.support.rollouts import ALIAS, begin

ADA = person()
THREE = Signature((Tensor("x", "float", (-1, 3)),), LARGER_COLUMN.outputs)


async def model_with(registry: FakeRegistry, candidate: Signature, percent: float = 100) -> str:
    """A model of two numbers, whose alias is rolled out to `candidate`."""
    model = await make_model(registry, ADA)
    for number, signature in (("1.0.0", LARGER_COLUMN), ("1.1.0", candidate)):
        await make_ready(registry, ADA, model, number, signature)
        await registry.publish_version(ADA, model.id, number, force="known" if candidate is THREE else "")
    await move_alias(registry, ADA, model, "1.0.0")
    await begin(registry, ADA, model, plan=Plan.AB, steps=(Step(percent, 0),), force="known")
    return model.id


async def is_blamed(registry: FakeRegistry, question: Question | TensorQuestion) -> bool:
    """Whether a guard counts the refused call against the version that was asked."""
    service = InferenceService(registry, FakeRuntime(larger_column))
    token = CURRENT.set(RequestContext(spans.started("")))
    try:
        with measured(ADA.tenant_id) as call, pytest.raises(InvalidInput) as refused:
            await (service.predict(ADA, question) if isinstance(question, Question) else service.infer(ADA, question))
    finally:
        CURRENT.reset(token)
    call.failed(refused.value.code, refused.value.fields)
    return call.refused


def values(model_id: str, features: Any) -> Question:
    return Question(model_id=model_id, version=ALIAS, features=features, timeout=5.0)


def tensors(model_id: str, width: int) -> TensorQuestion:
    given = GivenTensor("x", "FP32", (1, width), bytes(4 * width))
    return TensorQuestion(model_id=model_id, version=ALIAS, inputs=[given], timeout=5.0)


async def test_values_that_live_takes_and_the_candidate_refuses_count_against_the_candidate() -> None:
    registry = fake_registry()
    model_id = await model_with(registry, THREE)
    assert await is_blamed(registry, values(model_id, [1.0, 2.0]))
    assert await is_blamed(registry, tensors(model_id, 2))


async def test_values_that_both_refuse_are_the_caller_s_fault() -> None:
    registry = fake_registry()
    model_id = await model_with(registry, THREE)
    assert not await is_blamed(registry, values(model_id, ["a", "b"]))
    assert not await is_blamed(registry, tensors(model_id, 7))


async def test_values_that_live_refuses_are_the_caller_s_fault() -> None:
    registry = fake_registry()
    model_id = await model_with(registry, THREE, percent=1e-9)
    assert not await is_blamed(registry, values(model_id, [1.0, 2.0, 3.0]))
