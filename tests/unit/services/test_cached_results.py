import json
from typing import Any

import pytest

from maas.domain.catalog.versions import Tensor
from maas.domain.inference.outputs import Output
from maas.services.cached_results import cached_outputs, store_outputs
from tests.fakes.inference import FakeResultCache
from tests.support.outputs import plain

LABEL, SCORE = Tensor("label", "int64", (-1,)), Tensor("score", "float", (-1, 2))
TENSORS = (LABEL, SCORE)
OUTPUTS = {"label": [1, 0], "score": [[0.25, None], [1.0, 2.5]]}
AT = 1_800_000_000.5
DESCRIBED = [["label", "int64", [-1]], ["score", "float", [-1, 2]]]


def stored(value: Any) -> FakeResultCache:
    """Returns a cache whose key `k` holds `value`: bytes as they are, anything else as JSON."""
    cache = FakeResultCache()
    cache.put("k", value if isinstance(value, bytes) else json.dumps(value).encode())
    return cache


@pytest.mark.parametrize("order", [1, -1])
def test_stored_outputs_are_read_back_in_the_order_asked_for(order: int) -> None:
    cache = FakeResultCache()
    tensors = TENSORS[::order]
    store_outputs(cache, "k", tensors, {name: Output.of(each) for name, each in OUTPUTS.items()}, AT)

    found = cached_outputs(cache, "k", tensors)

    assert found is not None
    assert found.computed_at == AT
    assert plain(found.outputs) == OUTPUTS
    assert list(found.outputs) == [tensor.name for tensor in tensors]


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("int64", 7),
        ("uint8", [[[1]], [[2]]]),
        ("bool", [True]),
        ("string", ["right"]),
        ("double", []),
        ("float16", [[None]]),
    ],
)
def test_every_element_type_is_read_back(dtype: str, values: Any) -> None:
    cache, tensors = FakeResultCache(), (Tensor("y", dtype, (-1,)),)
    store_outputs(cache, "k", tensors, {name: Output.of(each) for name, each in {"y": values}.items()}, AT)

    found = cached_outputs(cache, "k", tensors)
    assert found is not None
    assert plain(found.outputs) == {"y": values}


@pytest.mark.parametrize(
    "tensors",
    [
        (LABEL,),
        (SCORE, LABEL),
        (LABEL, Tensor("score", "double", (-1, 2))),
        (LABEL, Tensor("score", "float", (-1, 3))),
        (LABEL, Tensor("other", "float", (-1, 2))),
    ],
)
def test_a_result_of_another_signature_is_a_miss(tensors: tuple[Tensor, ...]) -> None:
    cache = FakeResultCache()
    store_outputs(cache, "k", TENSORS, {name: Output.of(each) for name, each in OUTPUTS.items()}, AT)

    assert cached_outputs(cache, "k", tensors) is None


@pytest.mark.parametrize(
    "outputs",
    [
        None,
        [],
        {},
        {"y": [1]},
        {"label": [1, 0]},
        {**OUTPUTS, "y": [1]},
        {**OUTPUTS, "label": [1.0]},
        {**OUTPUTS, "label": [True]},
        {**OUTPUTS, "label": ["1"]},
        {**OUTPUTS, "label": [None]},
        {**OUTPUTS, "label": {"0": 1}},
        {**OUTPUTS, "label": [[1], 2]},
        {**OUTPUTS, "score": [[True]]},
        {**OUTPUTS, "score": [["0.5"]]},
        {"score": OUTPUTS["score"], "label": OUTPUTS["label"]},
    ],
)
def test_outputs_that_break_the_signature_are_a_miss(outputs: Any) -> None:
    assert cached_outputs(stored({"computed_at": AT, "tensors": DESCRIBED, "outputs": outputs}), "k", TENSORS) is None


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{}",
        b"null",
        b"7",
        b"\xff",
        b"[" * 3000,
        b"[" * 3000 + b"]" * 3000,
        b'{"computed_at": 1.5, "tensors": 1, "outputs": {}}',
        json.dumps(
            {"computed_at": AT, "tensors": DESCRIBED, "outputs": {"label": [1], "score": [[float("nan")]]}}
        ).encode(),
        b'{"label": [1], "score": [[0.5, 1.5]]}',
    ],
)
def test_a_value_that_is_no_result_is_a_miss(value: bytes) -> None:
    assert cached_outputs(stored(value), "k", TENSORS) is None


def test_an_element_type_that_predictions_lack_is_a_miss() -> None:
    tensors = (Tensor("y", "bfloat16", (-1,)),)
    cache = stored({"computed_at": AT, "tensors": [["y", "bfloat16", [-1]]], "outputs": {"y": [1]}})

    assert cached_outputs(cache, "k", tensors) is None


@pytest.mark.parametrize("moment", [None, "1800000000.5", True, 7])
def test_a_result_without_the_moment_of_its_computation_is_a_miss(moment: Any) -> None:
    assert (
        cached_outputs(stored({"computed_at": moment, "tensors": DESCRIBED, "outputs": OUTPUTS}), "k", TENSORS) is None
    )
