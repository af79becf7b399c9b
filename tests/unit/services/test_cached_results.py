import json
from typing import Any

import pytest

from maas.domain.catalog.versions import Tensor
from maas.domain.inference.outputs import Form, Wanted
from maas.services.cached_results import cached_outputs, store_outputs
from tests.fakes.inference import FakeResultCache, written

LABEL, SCORE = Tensor("label", "int64", (-1,)), Tensor("score", "float", (-1, 2))
WANTED = (Wanted(LABEL, Form.NESTED), Wanted(SCORE, Form.NESTED))
OUTPUTS = {"label": [1, 0], "score": [[0.25, None], [1.0, 2.5]]}
AT = 1_800_000_000.5


def cached(value: bytes) -> FakeResultCache:
    """Returns a cache whose key `k` holds `value`."""
    cache = FakeResultCache()
    cache.put("k", value)
    return cache


def stored(wanted: tuple[Wanted, ...] = WANTED, outputs: Any = None) -> FakeResultCache:
    """Returns a cache whose key `k` holds these outputs."""
    cache = FakeResultCache()
    values = outputs or OUTPUTS
    store_outputs(cache, "k", wanted, {each.name: written(values[each.name], each) for each in wanted}, AT)
    return cache


@pytest.mark.parametrize("order", [1, -1])
def test_stored_outputs_are_read_back_in_the_order_asked_for(order: int) -> None:
    wanted = WANTED[::order]

    found = cached_outputs(stored(wanted), "k", wanted)

    assert found is not None
    assert found.computed_at == AT
    assert {name: output.values() for name, output in found.outputs.items()} == OUTPUTS
    assert list(found.outputs) == [each.name for each in wanted]


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("int64", 7),
        ("uint8", [[[1]], [[2]]]),
        ("bool", [True]),
        ("string", ["right", "\n", ""]),
        ("double", []),
        ("float16", [[0.5]]),
    ],
)
def test_every_element_type_is_read_back_in_every_form(dtype: str, values: Any, form: Form) -> None:
    wanted = (Wanted(Tensor("y", dtype, (-1,)), form),)

    found = cached_outputs(stored(wanted, {"y": values}), "k", wanted)

    assert found is not None
    assert found.outputs == {"y": written(values, wanted[0])}


@pytest.mark.parametrize(
    "wanted",
    [
        WANTED[:1],
        WANTED[::-1],
        (WANTED[0], Wanted(Tensor("score", "double", (-1, 2)), Form.NESTED)),
        (WANTED[0], Wanted(Tensor("score", "float", (-1, 3)), Form.NESTED)),
        (WANTED[0], Wanted(Tensor("other", "float", (-1, 2)), Form.NESTED)),
        (WANTED[0], Wanted(SCORE, Form.RAW)),
    ],
)
def test_a_result_of_another_signature_or_form_is_a_miss(wanted: tuple[Wanted, ...]) -> None:
    assert cached_outputs(stored(), "k", wanted) is None


@pytest.mark.parametrize(
    "outputs",
    [
        None,
        {},
        [],
        [["int64", [2], 5]],
        [["int64", [2], 5], ["float", [2, 2], 22]],
        [["int64", [2], 5], ["float", [2, 2], 24]],
        [["int64", [2], -1], ["float", [2, 2], 30]],
        [["int64", [2], "5"], ["float", [2, 2], 23]],
        [["double", [2], 5], ["float", [2, 2], 23]],
        [["int64", [-2], 5], ["float", [2, 2], 23]],
        [["int64", [2.5], 5], ["float", [2, 2], 23]],
        [["int64", 2, 5], ["float", [2, 2], 23]],
        [["int64", [2]], ["float", [2, 2], 23]],
        [["int64", [2], 5], ["float", [2, 2], 23], ["float", [0], 0]],
    ],
)
def test_outputs_that_break_the_signature_are_a_miss(outputs: Any) -> None:
    head, _, contents = stored().values["k"].partition(b"\n")
    changed = json.dumps({**json.loads(head), "outputs": outputs}).encode() + b"\n" + contents

    assert cached_outputs(cached(changed), "k", WANTED) is None


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
        b'{"computed_at": 1.5, "tensors": 1, "outputs": []}\n',
        b'{"label": [1], "score": [[0.5, 1.5]]}',
    ],
)
def test_a_value_that_is_no_result_is_a_miss(value: bytes) -> None:
    assert cached_outputs(cached(value), "k", WANTED) is None


@pytest.mark.parametrize("moment", [None, "1800000000.5", True, 7])
def test_a_result_without_the_moment_of_its_computation_is_a_miss(moment: Any) -> None:
    head, _, contents = stored().values["k"].partition(b"\n")
    changed = json.dumps({**json.loads(head), "computed_at": moment}).encode() + b"\n" + contents

    assert cached_outputs(cached(changed), "k", WANTED) is None
