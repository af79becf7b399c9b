"""Examples and words for classes that would make a wrong file, or name its answers wrongly."""

from typing import Any

import numpy as np
import pytest
from sklearn import ensemble, linear_model, multioutput

from maas_client.convert import to_onnx
from maas_client.convert.objects import _classes
from maas_client.errors import ConversionError


class _Classes:
    """A classifier that answers with these classes."""

    def __init__(self, *classes: Any) -> None:
        self.classes_ = np.array(classes)


@pytest.mark.parametrize(("classes", "names"), [((0, 1), ["a"]), ((0, 1), ["a", "b", "c"]), ((5, 7), ["a", "b"])])
def test_names_that_would_fit_other_classes_are_refused(classes: tuple[int, ...], names: list[str]) -> None:
    with pytest.raises(ConversionError, match=f"class_names has {len(names)} words"):
        _classes(_Classes(*classes), names)


def test_names_over_classes_that_are_words_are_refused() -> None:
    with pytest.raises(ConversionError, match="leave it out for classes that are words"):
        _classes(_Classes("no", "yes"), ["yes", "no"])
    assert _classes(_Classes("no", "yes"), None) == {"class_names": ["no", "yes"]}
    assert _classes(_Classes(0, 1), ["a", "b"]) == {"class_names": ["a", "b"]}


@pytest.mark.parametrize("example", [[[1.0, 2.0], [3.0]], [[1 + 2j, 1.0]], [[1.0] * 9], [[float("nan")] * 4]])
def test_an_example_that_the_object_does_not_take_is_one_error(example: Any) -> None:
    model = linear_model.LogisticRegression().fit([[0.0] * 4, [1.0] * 4], [0, 1])
    with pytest.raises(ConversionError):
        to_onnx(model, example)


_MANY, _TWO = np.arange(60.0, dtype=np.float32).reshape(20, 3), np.arange(20) % 2
_LINEAR = linear_model.LogisticRegression()


@pytest.mark.parametrize(
    ("model", "classes"),
    [
        (multioutput.MultiOutputClassifier(_LINEAR), [_TWO, 1 - _TWO]),
        (multioutput.MultiOutputClassifier(_LINEAR), [_TWO, np.arange(20) % 3]),
        (ensemble.RandomForestClassifier(2, random_state=7), [_TWO, np.arange(20) % 3]),
    ],
)
def test_probabilities_that_are_no_tensor_are_refused_with_advice(model: Any, classes: Any) -> None:
    with pytest.raises(ConversionError, match="convert a model for each"):
        to_onnx(model.fit(_MANY, np.column_stack(classes)), _MANY)
