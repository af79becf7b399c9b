"""Arrays of numpy as the contents of outputs, and bytes of inputs as arrays."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from maas.domain.inference.outputs import Form
from maas.domain.inference.packing import packed, texts
from maas.domain.tensor_rules import DTYPES, Family

Array = np.ndarray[Any, np.dtype[Any]]

# By numpy's element type, whose name takes a microsecond to ask for.
_NAMES = {np.dtype(dtype.numpy): name for name, dtype in DTYPES.items()}


def dtype_of(array: Array) -> str:
    """ONNX's name of the element type."""
    return _NAMES.get(array.dtype, "string")


def family(array: Array) -> Family:
    return DTYPES[dtype_of(array)].family


def array_of(dtype: str, shape: Sequence[int], data: bytes) -> Array:
    """The array of an input. Raises ValueError if the bytes are not its elements."""
    if dtype == "string":
        return np.array([text.decode() for text in texts(data)], object).reshape(shape)
    return np.frombuffer(data, DTYPES[dtype].numpy).reshape(shape)


def content_of(array: Array, form: Form) -> bytes:
    """The elements of an output in a form."""
    if form is not Form.RAW:
        return encoded(array if form is Form.NESTED else array.reshape(-1))
    return packed("string", array.reshape(-1).tolist()) if dtype_of(array) == "string" else array.tobytes()


def encoded(array: Array) -> bytes:
    """Nested lists. NaN and infinities, which JSON lacks, are null.

    A float is the shortest decimal that becomes the same number of the array's type again: 0.1 for a float32, not
    0.10000000149011612 (docs/decisions/0033-answers-of-large-models.md).
    """
    if family(array) is Family.STRING:
        return json.dumps(array.tolist(), separators=(",", ":")).encode()
    if array.ndim == 0:  # orjson refuses some of these
        return encoded(array.reshape(1))[1:-1]
    return orjson.dumps(np.ascontiguousarray(array), option=orjson.OPT_SERIALIZE_NUMPY)
