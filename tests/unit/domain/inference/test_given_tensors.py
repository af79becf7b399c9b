from collections.abc import Sequence
from typing import Any

import pytest

from maas.domain.catalog.versions import Signature, Tensor
from maas.domain.errors import InvalidInput
from maas.domain.inference.given_tensors import GivenTensor, bound

ANY = Signature((Tensor("x", "float", (-1, -1, -1)),), ())
# Python writes no number of more than 4,300 digits. The product of these two has 8,001.
_LONG = 10**4000


@pytest.mark.parametrize(
    "shape", [[2**31, 0, 1], [0, 2**62, 1], [2**63 - 1, 2**63 - 1, 0], [2**16, 2**16, 0], [2**70, 0, 0]]
)
@pytest.mark.parametrize("data", [[], b""])
def test_lengths_beside_a_zero_that_no_library_can_multiply_are_refused(
    shape: list[int], data: list[float] | bytes
) -> None:
    with pytest.raises(InvalidInput) as caught:
        bound(ANY, [GivenTensor("x", "FP32", shape, data)])
    (error,) = caught.value.fields
    assert (error.field, error.rule) == ("inputs[0].shape", "range")


@pytest.mark.parametrize("shape", [(0, 0, 0), (2**31 - 1, 0, 1), (0, 3, 4)])
def test_a_tensor_may_have_no_element(shape: tuple[int, ...]) -> None:
    (values,) = bound(ANY, [GivenTensor("x", "FP32", shape, b"")]).values
    assert (values.shape, values.data) == (shape, b"")


@pytest.mark.parametrize(
    ("dtype", "datatype", "data"),
    [("float", "FP32", [1.0]), ("float", "FP32", b"four"), ("string", "BYTES", b"\1\0\0\0a")],
)
def test_a_shape_of_any_length_is_refused(dtype: str, datatype: str, data: Sequence[Any] | bytes) -> None:
    signature = Signature((Tensor("x", dtype, (-1, -1)),), ())

    with pytest.raises(InvalidInput) as caught:
        bound(signature, [GivenTensor("x", datatype, (_LONG, _LONG), data)])

    [wrong] = caught.value.fields
    assert wrong.field == "inputs[0].data"
    assert wrong.message.startswith(f"expected more than {2**80} ")
