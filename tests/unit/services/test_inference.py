from collections.abc import Mapping
from typing import Any

import pytest

from maas.domain.catalog.models import ModelChange
from maas.domain.catalog.versions import Artifact, Signature, Tensor, Version
from maas.domain.errors import InvalidInput, NotFound, TimedOut, WrongState
from maas.domain.identity.principals import Principal
from maas.domain.inference.outputs import NotComputable
from maas.domain.inference.tensors import Feed
from maas.services.inference import InferenceService
from maas.services.kept_results import KeptResults
from maas.services.questions import Prediction, Question
from tests.fakes.inference import (
    LARGER_COLUMN,
    LARGER_COLUMN_FILE,
    Compute,
    FakeResultCache,
    FakeRuntime,
    artifact_of,
    larger_column,
    model_with_file,
)
from tests.fakes.registry import FakeRegistry, fake_registry
from tests.support.http_gateway import person
from tests.support.outputs import plain

ADA = person()


TWO_OUTPUTS = artifact_of(
    b"two outputs", Signature(LARGER_COLUMN.inputs, (*LARGER_COLUMN.outputs, Tensor("score", "float", (-1, 1))))
)


def two_outputs(feed: Feed) -> Mapping[str, Any]:
    return {**larger_column(feed), "score": [[0.5], [0.25]][: feed.values[0].shape[0]]}


class Stack:
    """A service over fakes, and one model with a version 1.0.0 that has a file."""

    def __init__(self, compute: Compute = larger_column, delay: float = 0) -> None:
        self.registry: FakeRegistry = fake_registry()
        self.runtime = FakeRuntime(compute, delay)
        self.results = FakeResultCache()
        self.service = InferenceService(
            self.registry, self.runtime, KeptResults(self.results, kept_max=0, shared_from=0)
        )
        self.model_id = ""

    async def publish(
        self, metadata: Mapping[str, Any] | None = None, artifact: Artifact = LARGER_COLUMN_FILE
    ) -> Version:
        await self.validate(metadata, artifact)
        return await self.registry.publish_version(ADA, self.model_id, "1.0.0")

    async def validate(
        self, metadata: Mapping[str, Any] | None = None, artifact: Artifact = LARGER_COLUMN_FILE
    ) -> None:
        self.model_id = await model_with_file(self.registry, ADA, metadata or {}, artifact)

    async def predict(self, features: Any, by: Principal = ADA, **options: Any) -> Prediction:
        question = Question(model_id=self.model_id, features=features, **{"timeout": 29.0, **options})
        return await self.service.predict(by, question)


async def test_one_row_has_one_prediction_and_its_class_name() -> None:
    stack = Stack()
    await stack.publish({"class_names": ["left", "right"]})

    found = await stack.predict([1, 2])

    assert (found.single, found.rows, found.class_names) == (True, [1], ["right"])
    assert plain(found.outputs) == {"label": [1]}
    assert not found.cached


async def test_rows_have_one_prediction_each() -> None:
    stack = Stack()
    await stack.publish({"class_names": ["left", "right"]})

    found = await stack.predict([[1, 2], [2, 1]])

    assert (found.single, found.rows, found.class_names) == (False, [1, 0], ["right", "left"])


@pytest.mark.parametrize("class_names", [None, "left right", ["left"], {"1": "right"}, ["left", 7]])
async def test_a_prediction_outside_the_class_names_has_none(class_names: Any) -> None:
    stack = Stack()
    await stack.publish()
    await stack.registry.store_metadata(ADA, stack.model_id, {"class_names": class_names})
    assert (await stack.predict([1, 2])).class_names == [None]


@pytest.mark.parametrize("output", [[[0.25]], [True], [-1], ["right"]])
async def test_only_an_integer_is_a_class_index(output: Any) -> None:
    stack = Stack(lambda feed: {"label": output})
    await stack.publish({"class_names": ["left", "right"]})

    found = await stack.predict([1, 2])

    assert found.class_names == [None]
    assert found.rows == [output[0][0] if isinstance(output[0], list) else output[0]]


async def test_the_second_equal_call_is_answered_from_the_cache() -> None:
    stack = Stack()
    await stack.publish()

    first, second = await stack.predict([1, 2]), await stack.predict([1.0, 2.0])

    assert (first.cached, second.cached, stack.runtime.runs) == (False, True, 1)
    assert first.outputs == second.outputs
    assert first.rows == second.rows


async def test_a_batch_of_one_row_shares_its_result_but_not_its_shape() -> None:
    stack = Stack()
    await stack.publish()
    await stack.predict([1, 2])

    found = await stack.predict([[1, 2]])

    assert (found.cached, found.single) == (True, False)


async def test_results_of_nondeterministic_models_are_not_cached() -> None:
    stack = Stack()
    await stack.publish({"nondeterministic": True})

    await stack.predict([1, 2])

    assert not (await stack.predict([1, 2])).cached
    assert stack.results.values == {}


async def test_tenants_do_not_share_results() -> None:
    stack = Stack()
    await stack.publish()
    await stack.predict([1, 2])

    assert all(key.startswith(f"{ADA.tenant_id}:") for key in stack.results.values)


async def test_a_broken_cache_is_a_miss() -> None:
    stack = Stack()
    stack.results.broken = True
    await stack.publish()

    assert [(await stack.predict([1, 2])).cached for _ in range(2)] == [False, False]


async def test_an_error_is_not_cached() -> None:
    stack = Stack(delay=5)
    await stack.publish()

    with pytest.raises(TimedOut):
        await stack.predict([1, 2], timeout=0.1)
    assert stack.results.values == {}


async def test_an_unpublished_version_is_a_wrong_state() -> None:
    stack = Stack()
    await stack.validate()

    with pytest.raises(WrongState, match=r"version 1\.0\.0 is ready") as caught:
        await stack.predict([1, 2], version="1.0.0")
    assert caught.value.fields[0].field == "version"


@pytest.mark.parametrize(
    ("kind", "ref"),
    [("published version", "latest"), ("version", "1.0.1"), ("version", "v9.9.9"), ("published version", "^1")],
)
async def test_a_missing_version_is_not_found_by_its_reference(kind: str, ref: str) -> None:
    stack = Stack()
    await stack.validate()

    with pytest.raises(NotFound) as caught:
        await stack.predict([1, 2], version=ref)
    assert caught.value.message == f"{kind} not found: {ref}"
    assert caught.value.fields[0].field == "ref"


@pytest.mark.parametrize("ref", ["v1.0.0", "^1", ">=1 <2", "*"])
async def test_the_version_may_be_any_reference(ref: str) -> None:
    stack = Stack()
    await stack.publish()

    assert (await stack.predict([1, 2], version=ref)).version.version == "1.0.0"


async def test_a_malformed_reference_is_invalid_input() -> None:
    stack = Stack()
    await stack.publish()

    with pytest.raises(InvalidInput) as caught:
        await stack.predict([1, 2], version="Newest")
    assert caught.value.fields[0].field == "ref"


async def test_a_model_of_another_tenant_is_not_found() -> None:
    stack = Stack()
    await stack.publish()

    with pytest.raises(NotFound) as caught:
        await stack.predict([1, 2], by=person(tenant="other"))
    assert caught.value.fields[0].field == "model_id"


async def test_values_are_checked_before_the_model_is_loaded() -> None:
    stack = Stack()
    await stack.publish()

    with pytest.raises(InvalidInput):
        await stack.predict([1, 2, 3])
    assert stack.runtime.runs == 0


async def test_the_first_chosen_output_is_the_prediction() -> None:
    stack = Stack(two_outputs)
    await stack.publish(artifact=TWO_OUTPUTS)

    found = await stack.predict([[1, 2], [2, 1]], outputs=["score"])

    assert (found.rows, plain(found.outputs)) == ([0.5, 0.25], {"score": [[0.5], [0.25]]})


async def test_each_choice_of_outputs_is_cached_for_itself() -> None:
    stack = Stack(two_outputs)
    await stack.publish(artifact=TWO_OUTPUTS)
    choices: list[list[str] | None] = [None, ["score"], ["label"], ["score", "label"]]

    first = [(await stack.predict([1, 2], outputs=names)).cached for names in choices]
    second = [await stack.predict([1, 2], outputs=names) for names in choices]

    assert first == [False] * 4
    assert [found.cached for found in second] == [True] * 4
    assert [list(found.outputs) for found in second] == [["label", "score"], ["score"], ["label"], ["score", "label"]]


async def test_naming_all_outputs_in_order_is_the_same_as_naming_none() -> None:
    stack = Stack(two_outputs)
    await stack.publish(artifact=TWO_OUTPUTS)
    await stack.predict([1, 2])

    assert (await stack.predict([1, 2], outputs=["label", "score"])).cached


async def test_an_unknown_output_is_refused_before_the_model_runs() -> None:
    stack = Stack()
    await stack.publish()

    with pytest.raises(InvalidInput) as caught:
        await stack.predict([1, 2], outputs=["score"])
    assert (caught.value.fields[0].field, stack.runtime.runs) == ("outputs[0]", 0)


async def test_an_output_that_is_not_by_row_is_answered_whole() -> None:
    stack = Stack(lambda feed: {"label": [[0, 1, 1]]})
    await stack.publish({"class_names": ["left", "right"]})

    found = await stack.predict([[2, 1], [1, 2], [1, 2]])

    assert (found.single, found.rows, found.class_names) == (True, [[[0, 1, 1]]], [None])


async def test_no_rows_have_no_predictions() -> None:
    stack = Stack()
    await stack.publish()

    found = await stack.predict([])

    assert (found.single, found.rows, found.class_names) == (False, [], [])


def failing(feed: Feed) -> Mapping[str, Any]:
    raise NotComputable("the model can't compute these values", "node Mul: wrong shape")


async def test_the_models_tenant_is_told_why_it_failed() -> None:
    stack = Stack(failing)
    await stack.publish()
    with pytest.raises(InvalidInput) as caught:
        await stack.predict([1, 2])
    assert caught.value.fields[0].message == "the model can't compute these values: node Mul: wrong shape"
    assert (caught.value.fields[0].field, caught.value.fields[0].rule) == ("features", "model")


async def test_strangers_are_not_told_why_a_public_model_failed() -> None:
    stack = Stack(failing)
    await stack.publish()
    await stack.registry.update_model(ADA, stack.model_id, ModelChange(is_public=True))

    with pytest.raises(InvalidInput) as caught:
        await stack.predict([1, 2], by=person(tenant="other"))
    assert [error.message for error in caught.value.fields] == ["the model can't compute these values"]
    assert "Mul" not in caught.value.message
