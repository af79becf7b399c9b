"""The object and its file, both run on the example."""

import warnings
from typing import Any

import numpy as np

from maas_client.convert.examples import Array, Layout
from maas_client.convert.locales import english_texts
from maas_client.convert.scikit import is_classifier, needed
from maas_client.errors import ConversionError

# Files compute with 32 bits, most libraries with 64.
RELATIVE, ABSOLUTE = 1e-3, 1e-4


def difference(model: Any, example: Any, content: bytes, layout: Layout, tolerance: float) -> float:
    """Returns the largest difference of numbers. Raises ConversionError if it is beyond the tolerance.

    A number may differ by `tolerance`, or by this part of itself. Words and classes have to be equal.
    """
    return compared(_expected(model, example), content, layout, tolerance)


def compared(answers: list[Any], content: bytes, layout: Layout, tolerance: float) -> float:
    """Returns the largest difference between answers and the outputs of a file. Raises ConversionError as above."""
    outputs = _run(content, layout)
    largest = 0.0
    for position, expected in enumerate(answers):
        if position >= len(outputs):
            break
        for wanted, found in _pairs(expected, outputs[position]):
            largest = max(largest, _compared(wanted, found, tolerance))
    return largest


def _pairs(expected: Any, found: Any) -> list[tuple[Array, Any]]:
    """Returns the arrays to compare. A classifier of several outputs has one for each, and its file one stack.

    Raises ConversionError: the file has a sequence, which is not served, or the outputs differ in their classes.
    """
    if not isinstance(expected, list):
        whole = expected.toarray() if hasattr(expected, "toarray") else expected  # a sparse matrix
        return [(np.asarray(whole), found)]
    if isinstance(found, list) or len({array.shape for array in expected}) > 1:
        raise ConversionError("its file can't hold the probabilities of several outputs: convert a model for each")
    return [(np.stack(expected), found)]


def _run(content: bytes, layout: Layout) -> list[Array]:
    onnxruntime = needed("onnxruntime")
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.enable_mem_reuse = False  # planning it takes minutes for thousands of nodes
        with english_texts():
            session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        names = {each.name for each in session.get_inputs()}
        given = {name: array for name, array in layout.inputs.items() if name in names}
        return [*session.run(None, {name: _as_given(array) for name, array in given.items()})]
    except Exception as error:
        raise ConversionError(f"the converted file does not run: {str(error).partition(chr(10))[0][:300]}") from error


def _as_given(array: Array) -> Array:
    return array.astype(object) if array.dtype.kind == "U" else array


def _expected(model: Any, example: Any) -> list[Any]:
    """Returns the object's answers, in the order of the outputs of its file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about names of columns
        try:
            return _answers(model, example)
        except (ValueError, TypeError, KeyError) as error:
            reason = str(error).partition("\n")[0][:300]
            raise ConversionError(f"the object does not run on the example: {reason}") from error


def _answers(model: Any, example: Any) -> list[Any]:
    if is_classifier(model):
        found = [model.predict(example)]
        return [*found, model.predict_proba(example)] if hasattr(model, "predict_proba") else found
    if hasattr(model, "predict"):
        return [model.predict(example)]
    return [model.transform(example)]


def _compared(expected: Array, found: Any, tolerance: float) -> float:
    actual = np.asarray(found)
    if actual.size != expected.size:
        raise ConversionError(f"the file answers {actual.shape}, and the object {expected.shape}")
    actual = actual.reshape(expected.shape)
    if expected.dtype.kind in "OUS":
        same = expected.astype(str) == actual.astype(str)
        if not same.all():
            raise ConversionError(f"{int((~same).sum())} of {same.size} answers of the file are other words")
        return 0.0
    return _numbers(expected.astype(float), actual.astype(float), tolerance)


def _numbers(expected: Array, actual: Array, tolerance: float) -> float:
    worst = float(np.nanmax(np.abs(actual - expected))) if expected.size else 0.0
    if not np.allclose(actual, expected, rtol=max(RELATIVE, tolerance), atol=tolerance, equal_nan=True):
        text = f"the file's answers differ from the object's by up to {worst:.3g} on the example"
        raise ConversionError(f"{text}; give tolerance= if that is good enough")
    return worst
