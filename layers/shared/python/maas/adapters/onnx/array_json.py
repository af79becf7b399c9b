"""Arrays as JSON text."""

import json
from typing import Any

import numpy as np
import orjson

from maas.domain.tensor_rules import Family

Array = np.ndarray[Any, np.dtype[Any]]

# By numpy's kind of the element type.
_FAMILIES = {"f": Family.FLOAT, "i": Family.INTEGER, "u": Family.INTEGER, "b": Family.BOOL}


def family(array: Array) -> Family:
    return _FAMILIES.get(array.dtype.kind, Family.STRING)


def encoded(array: Array) -> bytes:
    """Nested lists. NaN and infinities, which JSON lacks, are null.

    A float is the shortest decimal that becomes the same number of the array's type again: 0.1 for a float32, not
    0.10000000149011612 (docs/decisions/0033-answers-of-large-models.md).
    """
    if family(array) is Family.STRING:
        return json.dumps(array.tolist(), separators=(",", ":")).encode()
    if array.ndim == 0:  # orjson refuses some of these
        return encoded(array.reshape(1))[1:-1]
    return orjson.dumps(array, option=orjson.OPT_SERIALIZE_NUMPY)
