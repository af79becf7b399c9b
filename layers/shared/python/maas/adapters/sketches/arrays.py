"""The values of predictions as numpy arrays."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from maas.domain.inference.outputs import Form, Output
from maas.domain.inference.packing import texts
from maas.domain.monitoring.predictions import Predicted
from maas.domain.tensor_rules import DTYPES, Family

Array = np.ndarray[Any, Any]


def given(made: Sequence[Predicted], name: str, dtype: str) -> Array:
    """All elements that an input has in these predictions, in one row."""
    data = b"".join(values.data for each in made for values in each.feed.values if values.name == name)
    return _unpacked(dtype, data)


def answered(made: Sequence[Predicted], name: str, dtype: str) -> Array:
    """All elements that an output has in these predictions, in one row."""
    forms = [(wanted.form, each.outputs[name]) for each in made for wanted in each.wanted if wanted.name == name]
    found = [_output(form, output, dtype) for form, output in forms]
    return np.concatenate(found) if found else _unpacked(dtype, b"")


def _output(form: Form, output: Output, dtype: str) -> Array:
    if form is Form.RAW:
        return _unpacked(dtype, output.content)
    elements = list(_flat(json.loads(output.content)))
    family = DTYPES[dtype].family
    if family is Family.STRING:
        return np.array([str(each) for each in elements], dtype=object)
    if family is Family.FLOAT:
        return np.array(elements, dtype=np.float64)  # null is NaN
    return np.array(elements, dtype=DTYPES[dtype].numpy)


def _flat(values: Any) -> Iterator[Any]:
    if not isinstance(values, list):
        yield values
        return
    for each in values:
        yield from _flat(each) if isinstance(each, list) else (each,)


def _unpacked(dtype: str, data: bytes) -> Array:
    if DTYPES[dtype].family is Family.STRING:
        return np.array([text.decode(errors="replace") for text in texts(data)], dtype=object)
    return np.frombuffer(data, dtype=np.dtype(DTYPES[dtype].numpy).newbyteorder("<"))
